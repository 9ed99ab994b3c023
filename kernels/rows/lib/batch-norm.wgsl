// What the kernels of batch normalisation share: rows [batch, seq_len, each] of n features, and which of them count.
//
//   lengths  [batch]  i32; the steps from lengths[b] on do not count, whatever stands there. Read in the variants `lengths` alone:
//                     in others anything may be bound
//
// vec4: n and the offsets are multiples of 4.
//
// @variant vec4 Element=vec4f LANES=4u
// @variant lengths LENGTHS=1
// @variant lengths_vec4 LENGTHS=1 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;
override LENGTHS: bool = false;

struct Params {
  rows: u32,
  n: u32,
  seq_len: u32,
  each: u32,
}

var<storage, read> lengths: array<i32>;

fn counts(row: u32) -> bool {
  if (!LENGTHS) {
    return true;
  }
  let step = row / params.each;
  return i32(step % params.seq_len) < lengths[params.lengths_offset + step / params.seq_len];
}
