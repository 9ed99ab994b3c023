// Slopes of binary functions, for the backward pass.
//
// @use lib/math.wgsl

// Of maximum and minimum: 1 or 0, as the comparison says; not a number where an operand is none.
fn less_slope(a: f32, b: f32) -> f32 {
  return select(select(a + b, 0.0, b <= a), 1.0, a < b);
}

fn less_equal_slope(a: f32, b: f32) -> f32 {
  return select(select(a + b, 0.0, b < a), 1.0, a <= b);
}

// Of base^exponent by the base. The constant x^0 has none of the poles of 0 · x^-1.
fn power_base_slope(base: f32, exponent: f32) -> f32 {
  if (exponent == 0.0) {
    return 0.0;
  }
  return exponent * power(base, exponent - 1.0);
}

// By the exponent: base^exponent · log base. 0 at the base 0, where log has a pole (but not to a negative power).
fn power_exponent_slope(base: f32, exponent: f32) -> f32 {
  if (base == 0.0 && exponent >= 0.0) {
    return 0.0;
  }
  return power(base, exponent) * logarithm(base);
}
