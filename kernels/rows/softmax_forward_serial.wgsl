// softmax_forward_serial: y[r, i] = e^x[r, i] / Σ_j e^x[r, j]
//
//   x  [rows, n]
//   y  [rows, n]
//
// The variant `log` gives the logarithm of that, x[r, i] - log Σ_j e^x[r, j]. The row's maximum is subtracted first, so
// no exponential passes 1. A row with NaN or ∞, or of nothing but -∞, gives NaN, as in PyTorch: NaN or ∞ - ∞ is in the sum.
//
// A thread owns one row. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not share a
// buffer. Same parameters as softmax_forward, which is the better one for long rows on a GPU.
//
// @use lib/by-thread.wgsl
// @use lib/numbers.wgsl
// @use rows/lib/softmax-forward-operands.wgsl
// @variant log LOG=1

override WORKGROUP_SIZE: u32 = 64u;
override LOG: bool = false;

fn own(row: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let to_y = params.y_offset + row * params.n;

  var largest = x[from_x];
  for (var i = 0u; i < params.n; i++) {
    largest = max(largest, x[from_x + i]);
  }
  var sum = 0.0;
  for (var i = 0u; i < params.n; i++) {
    sum += exp(x[from_x + i] - largest);
  }
  sum = checked_total(sum);

  let log_sum = logarithm_of_total(sum);
  for (var i = 0u; i < params.n; i++) {
    let below = x[from_x + i] - largest;
    if (LOG) {
      y[to_y + i] = below - log_sum;
    } else {
      y[to_y + i] = exp(below) / sum;
    }
  }
}
