// The derivative of elementwise_unary's function that OP names, from what the forward pass saved, with the kernel's parameters
// alpha and beta. Where the slope depends on the argument and the argument is not a number, neither is the slope.
//
// @use lib/unary-slopes.wgsl
// @variant abs OP=2
// @variant sign OP=3
// @variant exp OP=4
// @variant log OP=5
// @variant sqrt OP=6
// @variant rsqrt OP=7
// @variant reciprocal OP=8
// @variant square OP=9
// @variant sin OP=10
// @variant cos OP=11
// @variant tanh OP=12
// @variant sigmoid OP=13
// @variant hard_sigmoid OP=14
// @variant relu OP=15
// @variant leaky_relu OP=16
// @variant softplus OP=17
// @variant pow OP=19
// @variant clamp OP=20
// @variant elu OP=21
// @variant gelu OP=22
// @variant gelu_tanh OP=23
// @variant silu OP=24

override OP: u32 = 2u;

fn apply(value: f32) -> f32 {
  switch (OP) {
    case 3u: { return 0.0; }
    case 4u: { return value; }
    case 5u: { return 1.0 / value; }
    case 6u: { return 0.5 / value; }
    case 7u: { return -0.5 * value * value * value; }
    case 8u: { return -value * value; }
    case 9u: { return 2.0 * value; }
    case 10u: { return cosine(value); }
    case 11u: { return -sine(value); }
    case 12u: { return 1.0 - value * value; }
    case 13u: { return value * (1.0 - value); }
    case 14u: { return hard_sigmoid_slope(value, params.alpha, params.beta); }
    case 15u: { return select(value, 1.0, value > 0.0); }
    case 16u: { return select(select(value, params.alpha, value <= 0.0), 1.0, value > 0.0); }
    case 17u: { return stable_sigmoid(value); }
    case 19u: { return power_slope(value, params.alpha); }
    case 20u: { return select(select(1.0, value, is_nan(value)), 0.0, value < params.alpha || value > params.beta); }
    case 21u: { return select(params.alpha * exponential(value), 1.0, value > 0.0); }
    case 22u: { return gelu_derivative(value); }
    case 23u: { return gelu_tanh_derivative(value); }
    case 24u: { return silu_derivative(value); }
    default: { return select(select(value, -1.0, value < 0.0), 1.0, value > 0.0); }
  }
}
