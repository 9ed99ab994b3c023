// fill: y[i] = value
//
//   y  [size]  any 4-byte type, as bits
//
// A thread owns one element (four with vec4). Dispatch ceil(size / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers.
// vec4: size and the offset are multiples of 4.
//
// @use lib/by-thread.wgsl
// @variant vec4 Element=vec4u LANES=4u

alias Element = u32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  value: u32,
}

var<storage, read_write> y: array<Element>;

fn own(i: u32) {
  if (i >= params.size / LANES) {
    return;
  }
  y[params.y_offset / LANES + i] = Element(params.value);
}
