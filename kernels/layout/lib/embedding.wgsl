// Rows of a table by their indices: n indices [n] of v rows of e elements, one or four of them at a time.

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  n: u32,
  v: u32,
  e: u32,
}

var<storage, read> indices: array<i32>;
