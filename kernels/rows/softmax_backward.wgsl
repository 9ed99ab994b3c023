// softmax_backward: d_x[r, i] = y[r, i] · (d_y[r, i] - Σ_j d_y[r, j]·y[r, j])
//
//   y    [rows, n]  output of softmax_forward, the same variant
//   d_y  [rows, n]
//   d_x  [rows, n]
//
// The variant `log`, y being the log-softmax: d_x[r, i] = d_y[r, i] - e^y[r, i] · Σ_j d_y[r, j]. In the variant `masked`
// an element of y that is 0 stands for one that does not count: whatever its d_y is, its d_x is 0.
//
// A workgroup owns one row: thread t takes columns t, t + WORKGROUP_SIZE, …, then a tree. Dispatch `rows` workgroups,
// folded. Barriers in the tree. WORKGROUP_SIZE is a power of two. d_x may not share a buffer with an input. See
// softmax_backward_serial for short rows.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl
// @use rows/lib/softmax-backward-operands.wgsl
// @variant log LOG=1
// @variant masked MASKED=1

override WORKGROUP_SIZE: u32 = 64u;
override LOG: bool = false;
override MASKED: bool = false;

fn product(gradient: f32, share: f32) -> f32 {
  return select(gradient * share, 0.0, MASKED && share == 0.0);
}

fn own(row: u32, local_index: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_y = params.y_offset + row * params.n;
  let from_d_y = params.d_y_offset + row * params.n;
  let to_d_x = params.d_x_offset + row * params.n;

  var sum = 0.0;
  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    let gradient = d_y[from_d_y + i];
    if (LOG) {
      sum += gradient;
    } else {
      sum += product(gradient, y[from_y + i]);
    }
  }
  sum = tree_sum(local_index, sum);

  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    let gradient = d_y[from_d_y + i];
    if (LOG) {
      d_x[to_d_x + i] = gradient - exponential(y[from_y + i]) * sum;
    } else {
      d_x[to_d_x + i] = product(gradient - sum, y[from_y + i]);
    }
  }
}
