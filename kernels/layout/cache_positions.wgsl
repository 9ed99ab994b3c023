// cache_positions: y[b, i] = lengths[b] + first + i, the places of what comes behind the tokens that are there.
//
//   lengths  [batch] of i32
//   y        [batch, count] of i32
//
// A thread owns one element; size = batch · count. Dispatch ceil(size / 64) workgroups, folded. No barriers, no aliasing.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  count: u32,
  first: i32,
}

var<storage, read> lengths: array<i32>;
var<storage, read_write> y: array<i32>;

fn own(i: u32) {
  y[params.y_offset + i] = lengths[params.lengths_offset + i / params.count] + params.first + i32(i % params.count);
}
