// The blocks of BLOCK positions in which embedding_marks notes the n indices [n] of v rows, and embedding_links finds them again.

override WORKGROUP_SIZE: u32 = 64u;

const BLOCK = 64u;

struct Params {
  n: u32,
  v: u32,
  words: u32,
}

var<storage, read> indices: array<i32>;
