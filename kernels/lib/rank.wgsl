// Which of two numbers comes first where NaN is above all others, and all NaN alike.
//
// @use lib/numbers.wgsl

fn outranks(a: f32, b: f32) -> bool {
  return !is_nan(b) && (is_nan(a) || a > b);
}
