// copy_unless_held: y = x, unless the step changes nothing; then y stays as it is
//
//   x      [size]  any 4-byte type, as bits
//   y      [size]
//   guard  words of lib/guard.wgsl
//
// A thread owns one element (four with vec4). Dispatch ceil(size / LANES / WORKGROUP_SIZE) workgroups, folded. No
// barriers. y shares a buffer with nothing. vec4: size and the offsets of x and y are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl
// @variant vec4 Element=vec4u LANES=4u

alias Element = u32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read> x: array<Element>;
var<storage, read_write> y: array<Element>;
var<storage, read> guard: array<u32>;

fn own(i: u32) {
  if (i >= params.size / LANES || guard[params.guard_offset + GUARD_HOLD] != 0u) {
    return;
  }
  y[params.y_offset / LANES + i] = x[params.x_offset / LANES + i];
}
