// accumulate: y[i] = y[i] + x[i], in place
//
//   x  [size]
//   y  [size]
//
// A thread owns four elements. Dispatch ceil(size / 4 / WORKGROUP_SIZE) workgroups, folded. No barriers. Preconditions: size and
// the offsets are multiples of 4; x and y share no buffer.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read> x: array<vec4<f32>>;
var<storage, read_write> y: array<vec4<f32>>;

fn own(i: u32) {
  if (i >= params.size / 4u) {
    return;
  }
  y[params.y_offset / 4u + i] += x[params.x_offset / 4u + i];
}
