// elementwise_binary: y[i] = f(a[i], b[i])
//
//   a  [size] with a_stride 1, a single number with a_stride 0
//   b  [size] with b_stride 1, a single number with b_stride 0
//   y  [size]
//
// The variant names f. Comparisons give 1 or 0. power is right for negative a where b is an integer, and 0^0 = 1.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. a and b may be the
// same buffer, y must be another.
//
// @use lib/by-element.wgsl
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

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

struct Params {
  size: u32,
  a_stride: u32,
  b_stride: u32,
  a_offset: u32,
  b_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

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

fn own(i: u32) {
  y[params.y_offset + i] = apply(a[params.a_offset + i * params.a_stride], b[params.b_offset + i * params.b_stride]);
}
