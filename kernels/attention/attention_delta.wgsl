// What the backward kernels of attention want to know of each query: stats[r] = (lse[r], Σ_d y[r, d] · d_y[r, d]).
//
//   y, d_y  [rows, dim]
//   lse     [rows]
//   stats   [rows, 2]
//
// A thread owns one row. Dispatch ceil(rows / 64) workgroups, folded. No barriers; stats aliases nothing.
// Preconditions: dim and the offsets of y and d_y are multiples of 4.
//
// The sum is Σ_j p[i, j] · dp[i, j], which the gradient of softmax subtracts, by T. Dao et al., "FlashAttention", 2022.
//
// @use lib/by-thread.wgsl

struct Params {
  rows: u32,
  dim: u32,
}

var<storage, read> y: array<vec4<f32>>;
var<storage, read> d_y: array<vec4<f32>>;
var<storage, read> lse: array<f32>;
var<storage, read_write> stats: array<f32>;

const WORKGROUP_SIZE: u32 = 64;

fn own(row: u32) {
  if (row >= params.rows) {
    return;
  }
  let d4 = params.dim / 4u;
  let y_at = params.y_offset / 4u + row * d4;
  let d_y_at = params.d_y_offset / 4u + row * d4;
  var sum = vec4f();
  for (var d = 0u; d < d4; d++) {
    sum += y[y_at + d] * d_y[d_y_at + d];
  }
  let at = params.stats_offset + 2u * row;
  stats[at] = lse[params.lse_offset + row];
  stats[at + 1u] = sum.x + sum.y + sum.z + sum.w;
}
