// The function of two numbers that OP names.
//
// @use lib/binary-slopes.wgsl
// @variant add OP=0
// @variant sub OP=1
// @variant mul OP=2
// @variant div OP=3
// @variant maximum OP=4
// @variant minimum OP=5
// @variant pow OP=6
// @variant equal OP=7
// @variant less OP=8
// @variant less_equal OP=9
// @variant less_slope OP=10
// @variant less_equal_slope OP=11
// @variant power_base_slope OP=12
// @variant power_exponent_slope OP=13

override OP: u32 = 0u;

fn apply(left: f32, right: f32) -> f32 {
  switch (OP) {
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return left / right; }
    case 4u: { return larger(left, right); }
    case 5u: { return smaller(left, right); }
    case 6u: { return power(left, right); }
    case 7u: { return select(0.0, 1.0, left == right); }
    case 8u: { return select(0.0, 1.0, left < right); }
    case 9u: { return select(0.0, 1.0, left <= right); }
    case 10u: { return less_slope(left, right); }
    case 11u: { return less_equal_slope(left, right); }
    case 12u: { return power_base_slope(left, right); }
    case 13u: { return power_exponent_slope(left, right); }
    default: { return left + right; }
  }
}
