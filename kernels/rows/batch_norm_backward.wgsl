// batch_norm_backward: gradient of batch_norm_forward's x, where mean and variance are the batch's.
//
//   d_x[r, i] = weight[i] · rstd_i · (d_y[r, i] - (sums[0, i] + v · sums[1, i]) / N_i)    v = (x[r, i] - mean_i) · rstd_i
//   rstd_i = 1 / √(variance_i + epsilon)       and 0 in rows that do not count
//
//   x, d_y, d_x  [rows, n]
//   stats        [3, n]  mean, variance and N of batch_norm_statistics_forward
//   sums         [2, n]  Σ d_y and Σ d_y · v, of batch_norm_sums_backward
//   weight       [n]     taken for 1, and not read, where has_weight is 0: any other input may be bound then
//
// A thread owns one element (LANES with vec4). Dispatch ceil(rows · n / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers.
// Inputs may share a buffer, d_x is another.
//
// @use lib/by-thread.wgsl
// @use rows/lib/batch-norm.wgsl

struct Params {
  has_weight: u32,
  epsilon: f32,
}

var<storage, read> x: array<Element>;
var<storage, read> d_y: array<Element>;
var<storage, read> stats: array<Element>;
var<storage, read> sums: array<Element>;
var<storage, read> weight: array<Element>;
var<storage, read_write> d_x: array<Element>;

fn own(element: u32) {
  let n = params.n / LANES;
  if (element >= params.rows * n) {
    return;
  }
  let i = element % n;
  var gradient = Element();
  if (counts(element / n)) {
    let at_stats = params.stats_offset / LANES + i;
    let at_sums = params.sums_offset / LANES + i;
    let rstd = 1.0 / sqrt(stats[at_stats + n] + params.epsilon);
    let v = (x[params.x_offset / LANES + element] - stats[at_stats]) * rstd;
    let shared_part = (sums[at_sums] + v * sums[at_sums + n]) / stats[at_stats + 2u * n];
    gradient = rstd * (d_y[params.d_y_offset / LANES + element] - shared_part);
    if (params.has_weight != 0u) {
      gradient *= weight[params.weight_offset / LANES + i];
    }
  }
  d_x[params.d_x_offset / LANES + element] = gradient;
}
