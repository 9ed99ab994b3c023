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
// @use elementwise/lib/binary.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  a_stride: u32,
  b_stride: u32,
}

var<storage, read> a: array<f32>;
var<storage, read> b: array<f32>;
var<storage, read_write> y: array<f32>;

fn own(i: u32) {
  y[params.y_offset + i] = apply(a[params.a_offset + i * params.a_stride], b[params.b_offset + i * params.b_stride]);
}
