// Slopes of unary functions with parameters, for the backward pass. Of an argument that is not a number there is none, where the
// slope depends on it.
//
// @use lib/linear-units.wgsl

fn hard_sigmoid_slope(x: f32, alpha: f32, beta: f32) -> f32 {
  let z = alpha * x + beta;
  return select(select(alpha, z, is_nan(z)), 0.0, z <= 0.0 || z >= 1.0);
}

// alpha = 0 apart: x^-1 has a pole where the constant x^0 has none.
fn power_slope(x: f32, exponent: f32) -> f32 {
  if (exponent == 0.0) {
    return 0.0;
  }
  return exponent * power(x, exponent - 1.0);
}
