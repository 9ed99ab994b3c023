// embedding_marks: which blocks of positions hold which index
//
//   indices  [n]         i32
//   marks    [v, words]  u32, zeros before (`fill`): bit b of a row's words is set where block b, the positions from
//                        b · BLOCK up to (b + 1) · BLOCK, holds the row's index; words = ceil(ceil(n / BLOCK) / 32)
//
// Positions with an index below 0 or from v on mark nothing.
//
// A thread owns one position. Bits are set by atomic or, whose result does not depend on the order. Dispatch
// ceil(n / WORKGROUP_SIZE) workgroups, folded. No barriers. indices and marks may not share a buffer. Followed by
// embedding_links.
//
// @use lib/by-thread.wgsl
// @use layout/lib/embedding-marks.wgsl

var<storage, read_write> marks: array<atomic<u32>>;

fn own(position: u32) {
  if (position >= params.n) {
    return;
  }
  // A negative index is a huge one when read as u32.
  let row = bitcast<u32>(indices[params.indices_offset + position]);
  if (row >= params.v) {
    return;
  }
  let block = position / BLOCK;
  atomicOr(&marks[params.marks_offset + row * params.words + block / 32u], 1u << (block % 32u));
}
