// elementwise_binary_broadcast: y[i₀ … i₅] = f(a[Σ iₐ·a_sₐ], b[Σ iₐ·b_sₐ])
//
//   a  read at a_offset + Σ iₐ·a_sₐ
//   b  read at b_offset + Σ iₐ·b_sₐ
//   y  [d0, d1, d2, d3, d4, d5]  row-major
//
// d0 is the outermost extent; extents that are not used are 1. size = d0·d1·d2·d3·d4·d5. A stride of 0 repeats the
// operand along that axis. The variants are those of elementwise_binary, which is the faster one for equal shapes.
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
  d0: u32,
  d1: u32,
  d2: u32,
  d3: u32,
  d4: u32,
  d5: u32,
  a_s0: u32,
  a_s1: u32,
  a_s2: u32,
  a_s3: u32,
  a_s4: u32,
  a_s5: u32,
  b_s0: u32,
  b_s1: u32,
  b_s2: u32,
  b_s3: u32,
  b_s4: u32,
  b_s5: u32,
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
  // From the innermost axis outwards: the rest of the index is divided by each extent in turn.
  let i5 = i % params.d5;
  var rest = i / params.d5;
  let i4 = rest % params.d4;
  rest /= params.d4;
  let i3 = rest % params.d3;
  rest /= params.d3;
  let i2 = rest % params.d2;
  rest /= params.d2;
  let i1 = rest % params.d1;
  let i0 = rest / params.d1;

  let from_a = params.a_offset + i0 * params.a_s0 + i1 * params.a_s1 + i2 * params.a_s2
    + i3 * params.a_s3 + i4 * params.a_s4 + i5 * params.a_s5;
  let from_b = params.b_offset + i0 * params.b_s0 + i1 * params.b_s1 + i2 * params.b_s2
    + i3 * params.b_s3 + i4 * params.b_s4 + i5 * params.b_s5;
  y[params.y_offset + i] = apply(a[from_a], b[from_b]);
}
