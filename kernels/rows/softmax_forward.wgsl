// softmax_forward: y[r, i] = e^x[r, i] / Σ_j e^x[r, j]
//
//   x  [rows, n]
//   y  [rows, n]
//
// The variant `log` gives the logarithm of that, x[r, i] - log Σ_j e^x[r, j]. The row's maximum is subtracted first, so
// no exponential passes 1. A row with NaN or ∞, or of nothing but -∞, gives NaN, as in PyTorch: NaN or ∞ - ∞ is in the sum.
//
// A workgroup owns one row: thread t takes columns t, t + WORKGROUP_SIZE, …, then a tree, for the maximum and again for
// the sum. Dispatch `rows` workgroups, folded. Barriers in the trees. WORKGROUP_SIZE is a power of two. x and y may not
// share a buffer. See softmax_forward_serial for short rows.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl
// @use rows/lib/softmax-forward-operands.wgsl
// @variant log LOG=1

override WORKGROUP_SIZE: u32 = 64u;
override LOG: bool = false;

fn own(row: u32, local_index: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let to_y = params.y_offset + row * params.n;

  var largest = x[from_x];
  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    largest = max(largest, x[from_x + i]);
  }
  largest = tree_maximum(local_index, largest);

  var sum = 0.0;
  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    sum += exp(x[from_x + i] - largest);
  }
  sum = checked_total(tree_sum(local_index, sum));

  let log_sum = logarithm_of_total(sum);
  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    let below = x[from_x + i] - largest;
    if (LOG) {
      y[to_y + i] = below - log_sum;
    } else {
      y[to_y + i] = exp(below) / sum;
    }
  }
}
