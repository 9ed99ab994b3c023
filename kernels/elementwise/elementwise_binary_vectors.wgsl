// elementwise_binary_vectors: elementwise_binary of four elements at a time, for functions that are cheaper than their loads
//
//   a  [size]
//   b  [size]
//   y  [size]
//
// The variant names f. A thread owns four elements. Dispatch ceil(size / 4 / WORKGROUP_SIZE) workgroups, folded. No barriers.
// a and b may be the same buffer, y must be another. size and the offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use lib/numbers.wgsl
// @variant add OP=0
// @variant sub OP=1
// @variant mul OP=2
// @variant div OP=3
// @variant maximum OP=4
// @variant minimum OP=5

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

struct Params {
  size: u32,
}

var<storage, read> a: array<vec4<f32>>;
var<storage, read> b: array<vec4<f32>>;
var<storage, read_write> y: array<vec4<f32>>;

fn apply(left: vec4<f32>, right: vec4<f32>) -> vec4<f32> {
  switch (OP) {
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return left / right; }
    case 4u: { return larger4(left, right); }
    case 5u: { return smaller4(left, right); }
    default: { return left + right; }
  }
}

fn own(i: u32) {
  if (i >= params.size / 4u) {
    return;
  }
  y[params.y_offset / 4u + i] = apply(a[params.a_offset / 4u + i], b[params.b_offset / 4u + i]);
}
