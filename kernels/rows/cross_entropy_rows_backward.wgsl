// cross_entropy_rows_backward: the gradient of each row's cross-entropy, times that row's gradient
//
//   d_losses   [n]  gradient with respect to each row's loss
//
// The rest is in rows/lib/cross-entropy-gradient.wgsl.
//
// @use rows/lib/cross-entropy-gradient.wgsl

var<storage, read> d_losses: array<f32>;

fn scale_of(row: u32) -> f32 {
  return d_losses[params.d_losses_offset + row];
}
