// shift_lengths: y[b] = max(lengths[b] - start, 0), the lengths of a segment that begins at step `start`.
//
//   lengths  [size]
//   y        [size]
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  start: i32,
}

var<storage, read> lengths: array<i32>;
var<storage, read_write> y: array<i32>;

fn own(i: u32) {
  y[params.y_offset + i] = max(lengths[params.lengths_offset + i] - params.start, 0);
}
