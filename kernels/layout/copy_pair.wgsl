// copy_pair: y1 = x1 and y2 = x2
//
//   x1, x2  [size]  any 4-byte type, as bits
//   y1, y2  [size]
//
// A thread owns one element of each (four with vec4). Dispatch ceil(size / LANES / WORKGROUP_SIZE) workgroups, folded. No
// barriers. y1 and y2 share a buffer with nothing. vec4: size and the offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @variant vec4 Element=vec4u LANES=4u

alias Element = u32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read> x1: array<Element>;
var<storage, read> x2: array<Element>;
var<storage, read_write> y1: array<Element>;
var<storage, read_write> y2: array<Element>;

fn own(i: u32) {
  if (i >= params.size / LANES) {
    return;
  }
  y1[params.y1_offset / LANES + i] = x1[params.x1_offset / LANES + i];
  y2[params.y2_offset / LANES + i] = x2[params.x2_offset / LANES + i];
}
