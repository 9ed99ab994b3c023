// one_hot: y[i, c] = 1 where indices[i] = c, else 0
//
//   indices  [n]           i32
//   y        [n, classes]  f32
//
// A negative index and one from `classes` on give a row of zeros.
//
// A thread owns one element of y. Dispatch ceil(n · classes / WORKGROUP_SIZE) workgroups, folded. No barriers. y may not share
// a buffer with indices.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  classes: u32,
}

var<storage, read> indices: array<i32>;
var<storage, read_write> y: array<f32>;

fn own(element: u32) {
  let index = indices[params.indices_offset + element / params.classes];
  y[params.y_offset + element] = select(0.0, 1.0, index == i32(element % params.classes));
}
