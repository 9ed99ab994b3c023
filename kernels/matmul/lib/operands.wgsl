// What all matrix products are given; the kernel says what an Element of a and what is Stored of b are.
//
//   y[z, i, j] = Σ_k a[z, i, k] · b[z, k, j] + bias[j]
//
// a     [batch or 1, m, k], stored as [m, k] or [k, m]: element (i, k) lies at i · a_stride_m + k · a_stride_k
// b     [batch or 1, k, n], stored as [k, n] or [n, k]: element (k, j) lies at k · b_stride_k + j · b_stride_n
// bias  [n]; not read where has_bias is 0
// y     [batch, m, n]
//
// A batch stride of 0 uses the same matrix for the whole batch. row_blocks and column_blocks are the blocks of y that a
// thread or workgroup owns, m and n by them, rounded up. k_part is k but in matmul/tiles.wgsl. y aliases nothing.

struct Params {
  m: u32,
  n: u32,
  k: u32,
  k_part: u32,
  batch_size: u32,
  row_blocks: u32,
  column_blocks: u32,
  a_stride_batch: u32,
  a_stride_m: u32,
  a_stride_k: u32,
  b_stride_batch: u32,
  b_stride_k: u32,
  b_stride_n: u32,
  has_bias: u32,
}

var<storage, read> a: array<Element>;
var<storage, read> b: array<Stored>;
var<storage, read> bias: array<f32>;
var<storage, read_write> y: array<f32>;

// A block of y: its place among the blocks of a matrix, and which matrix of the batch.
struct Block {
  row: u32,
  column: u32,
  z: u32,
}

// Columns run fastest.
fn block_of(index: u32) -> Block {
  let row = index / params.column_blocks;
  return Block(row % params.row_blocks, index % params.column_blocks, row / params.row_blocks);
}
