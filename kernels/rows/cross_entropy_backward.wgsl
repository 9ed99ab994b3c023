// cross_entropy_backward: the gradient of the mean of all rows' cross-entropies
//
//   stats      [2]  from cross_entropy_mean: the mean, the count of rows that are not ignored
//   d_loss     [1]  gradient with respect to the mean
//
// The rest is in rows/lib/cross-entropy-gradient.wgsl.
//
// @use rows/lib/cross-entropy-gradient.wgsl

var<storage, read> stats: array<f32>;
var<storage, read> d_loss: array<f32>;

// A row that is not ignored is counted: the count is at least 1.
fn scale_of(row: u32) -> f32 {
  return d_loss[params.d_loss_offset] / stats[params.stats_offset + 1u];
}
