// The function of elementwise_unary that OP names, with the kernel's parameters alpha and beta.
//
// @use lib/linear-units.wgsl
// @variant copy OP=0
// @variant neg OP=1
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
// @variant affine OP=18
// @variant pow OP=19
// @variant clamp OP=20
// @variant elu OP=21
// @variant gelu OP=22
// @variant gelu_tanh OP=23
// @variant silu OP=24

override OP: u32 = 0u;

fn apply(value: f32) -> f32 {
  switch (OP) {
    case 1u: { return -value; }
    case 2u: { return abs(value); }
    case 3u: { return select(0.0, 1.0, value > 0.0) - select(0.0, 1.0, value < 0.0); }
    case 4u: { return exponential(value); }
    case 5u: { return logarithm(value); }
    case 6u: { return sqrt(value); }
    case 7u: { return inverseSqrt(value); }
    case 8u: { return 1.0 / value; }
    case 9u: { return value * value; }
    case 10u: { return sine(value); }
    case 11u: { return cosine(value); }
    case 12u: { return stable_tanh(value); }
    case 13u: { return stable_sigmoid(value); }
    case 14u: { return limited(params.alpha * value + params.beta, 0.0, 1.0); }
    case 15u: { return select(value, 0.0, value <= 0.0); }
    case 16u: { return select(params.alpha * value, value, value > 0.0); }
    case 17u: { return softplus(value); }
    case 18u: { return params.alpha * value + params.beta; }
    case 19u: { return power(value, params.alpha); }
    case 20u: { return limited(value, params.alpha, params.beta); }
    case 21u: { return select(params.alpha * expm1_negative(value), value, value > 0.0); }
    case 22u: { return gelu(value); }
    case 23u: { return gelu_tanh(value); }
    case 24u: { return silu(value); }
    default: { return value; }
  }
}
