// The function of elementwise_unary that OP names, with the kernel's parameters alpha and beta.
//
// @use lib/linear-units.wgsl

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
