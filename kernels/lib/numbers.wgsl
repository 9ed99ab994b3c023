// What is not a number, and comparisons that do not lose it. WGSL lets a compiler assume that there is none, and min, max
// and clamp give the other operand. So what only passes a number on compares in the direction in which NaN stays
// (`select(x, low, x < low)`), and what decides by it reads its bits.

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// The larger one, NaN if one of them is.
fn larger(a: f32, b: f32) -> f32 {
  return select(select(b, a, a > b), a, is_nan(a));
}

fn smaller(a: f32, b: f32) -> f32 {
  return select(select(b, a, a < b), a, is_nan(a));
}

fn larger4(a: vec4f, b: vec4f) -> vec4f {
  return select(select(b, a, a > b), a, (bitcast<vec4u>(a) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}

fn smaller4(a: vec4f, b: vec4f) -> vec4f {
  return select(select(b, a, a < b), a, (bitcast<vec4u>(a) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}

// e^x. Where there is no exponential in hardware it may be finite or ∞ of NaN (SwiftShader: ∞).
fn exponential(x: f32) -> f32 {
  return select(exp(x), x, is_nan(x));
}

// Natural logarithm: -∞ of 0 and of what an adapter flushes to it, NaN below. SwiftShader takes that of |x|, and 88.7 for ∞'s.
fn logarithm(x: f32) -> f32 {
  return select(select(sqrt(x), -1.0 / abs(x), x == 0.0), log(x), x > 0.0);
}

// The sum of exponentials of which none is above 1, as it is, or NaN where a term was no number: SwiftShader's sum is ∞ then.
// One test per row in place of one per exponential.
fn checked_total(sum: f32) -> f32 {
  return select(bitcast<f32>(bitcast<u32>(sum) | 0x7fc00000u), sum, sum <= 3.4e38);
}

// Of such a sum.
fn logarithm_of_total(total: f32) -> f32 {
  return select(total, log(total), total > 0.0);
}
