// Makes products of attention again where something that is hidden has come into them: 0 times NaN or infinity is NaN.
//
//   y[r, d] = Σ_j w[r, j] · x[j, d]    over the pairs that are seen                        (default)
//   y[j, d] = Σ_r w[r, j] · x[r, d]    over the pairs, and the matrices, that are seen     (variant keys)
//
//   w     [matrices, rows, n]
//   y     [matrices, rows, dim], with keys [matrices / group, n, dim]
//   x     [matrices / group, n, dim], with keys [matrices, rows, dim]
//   seen  [batch or 1, heads or 1, rows or 1, n], not 0 where a pair is seen, where has_seen is 1; a batch has `heads` matrices
//
// Where has_seen is 0, row r sees min(n, first + r · causal) columns. y holds the whole products, hidden pairs with the weight
// 0: what is not finite in x shows in each row of y, so a column whose first row is finite is left alone. A thread owns a
// column of a matrix of y; size is the number of columns. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers.
// y shares no buffer with the others.
//
// @use lib/by-element.wgsl
// @variant keys KEYS=1

override WORKGROUP_SIZE: u32 = 64u;
override KEYS: bool = false;

struct Params {
  size: u32,
  rows: u32,
  n: u32,
  dim: u32,
  group: u32,
  heads: u32,
  first: u32,
  causal: u32,
  has_seen: u32,
  seen_stride_batch: u32,
  seen_stride_head: u32,
  seen_stride_row: u32,
}

var<storage, read> w: array<f32>;
var<storage, read> x: array<f32>;
var<storage, read> seen: array<f32>;
var<storage, read_write> y: array<f32>;

fn is_seen(matrix: u32, row: u32, j: u32) -> bool {
  if (params.has_seen == 0u) {
    return j < params.first + row * params.causal;
  }
  let from_batch = matrix / params.heads * params.seen_stride_batch;
  let from_head = matrix % params.heads * params.seen_stride_head;
  return seen[params.seen_offset + from_batch + from_head + row * params.seen_stride_row + j] != 0.0;
}

fn weight(matrix: u32, row: u32, j: u32) -> f32 {
  return w[params.w_offset + (matrix * params.rows + row) * params.n + j];
}

fn sum_of_row(matrix: u32, row: u32, d: u32) -> f32 {
  let from_x = params.x_offset + matrix / params.group * params.n * params.dim + d;
  var sum = 0.0;
  for (var j = 0u; j < params.n; j++) {
    if (is_seen(matrix, row, j)) {
      sum += weight(matrix, row, j) * x[from_x + j * params.dim];
    }
  }
  return sum;
}

fn sum_of_key(first: u32, j: u32, d: u32) -> f32 {
  var sum = 0.0;
  for (var matrix = first; matrix < first + params.group; matrix++) {
    for (var row = 0u; row < params.rows; row++) {
      if (is_seen(matrix, row, j)) {
        sum += weight(matrix, row, j) * x[params.x_offset + (matrix * params.rows + row) * params.dim + d];
      }
    }
  }
  return sum;
}

fn own(index: u32) {
  let d = index % params.dim;
  let matrix = index / params.dim;
  let extent = select(params.rows, params.n, KEYS);
  let from_y = params.y_offset + matrix * extent * params.dim + d;
  if ((bitcast<u32>(y[from_y]) & 0x7f800000u) != 0x7f800000u) {
    return;
  }
  for (var row = 0u; row < extent; row++) {
    if (KEYS) {
      y[from_y + row * params.dim] = sum_of_key(matrix * params.group, row, d);
    } else {
      y[from_y + row * params.dim] = sum_of_row(matrix, row, d);
    }
  }
}
