// A linear scan's elements, [seq_len, columns] in chunks of time, and where a chunk of a column goes.

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  seq_len: u32,
  columns: u32,
  chunks: u32,
  chunk_size: u32,
  reverse: u32,
}

var<storage, read> a: array<Element>;

// The first row of the chunk that begins `first` steps after the beginning.
fn row_of(first: u32) -> u32 {
  return select(first, params.seq_len - 1u - first, params.reverse != 0u);
}

// From an element to that of the next step. Unsigned numbers wrap, so this steps back.
fn stride_of(columns: u32) -> u32 {
  return select(columns, 0u - columns, params.reverse != 0u);
}
