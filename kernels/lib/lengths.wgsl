// Sequences of unequal lengths in one batch: row b takes the steps 0 … lengths[b] - 1.
//
// Where has_lengths is 0 something else is bound to `lengths` [batch], and every row has seq_len steps. In a segment of a
// longer sequence a row may have ended before it (0) or go on beyond it.

struct Params {
  seq_len: u32,
  has_lengths: u32,
}

var<storage, read> lengths: array<i32>;

fn end_of(row: u32) -> u32 {
  // no branch: SwiftShader runs through both sides
  let end = min(u32(max(lengths[params.lengths_offset + row], 0)), params.seq_len);
  return select(params.seq_len, end, params.has_lengths != 0u);
}
