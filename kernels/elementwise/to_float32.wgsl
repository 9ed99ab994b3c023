// to_float32: numbers of 16 bits, two in a word, as f32
//
//   x  [size]  float16
//   y  [size]  f32
//
// A thread owns two elements of a word. Dispatch ceil(ceil(size / 2) / WORKGROUP_SIZE) workgroups, folded. No barriers. y may not
// share a buffer with x. Preconditions: x_offset is even.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read> x: array<u32>;
var<storage, read_write> y: array<f32>;

fn own(index: u32) {
  let i = 2u * index;
  if (i >= params.size) {
    return;
  }
  let values = unpack2x16float(x[(params.x_offset + i) / 2u]);
  y[params.y_offset + i] = values.x;
  if (i + 1u < params.size) {
    y[params.y_offset + i + 1u] = values.y;
  }
}
