// layer_norm_forward: y[r, i] = (x[r, i] - mean_r) · rstd_r · weight[i] + bias[i]
//
//   mean_r = Σ_i x[r, i] / n        rstd_r = 1 / √(Σ_i (x[r, i] - mean_r)² / n + epsilon)
//
//   x       [rows, n]
//   weight  [n]        taken for 1, and not read, where has_weight is 0: any other input may be bound then
//   bias    [n]        taken for 0 where has_bias is 0, likewise
//   y       [rows, n]
//   stats   [rows, 2]  mean and rstd, for the backward pass
//
// The variant `rms` leaves the mean out: mean_r = 0. Ba, Kiros and Hinton, "Layer normalization", 2016; Zhang and
// Sennrich, "Root mean square layer normalization", 2019. The mean is taken off before squaring: no cancellation.
//
// A workgroup owns one row: thread t takes columns t, t + WORKGROUP_SIZE, …, then a tree, for the mean and again for the
// squares. Dispatch `rows` workgroups, folded. Barriers in the trees. WORKGROUP_SIZE is a power of two. Inputs may share
// a buffer, outputs are buffers of their own. See layer_norm_forward_serial for short rows.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl
// @use rows/lib/layer-norm-forward-operands.wgsl
// @variant rms RMS=1

override WORKGROUP_SIZE: u32 = 64u;
override RMS: bool = false;

fn own(row: u32, local_index: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let to_y = params.y_offset + row * params.n;

  var mean = 0.0;
  if (!RMS) {
    var sum = 0.0;
    for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
      sum += x[from_x + i];
    }
    mean = tree_sum(local_index, sum) / f32(params.n);
  }
  var squares = 0.0;
  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    let deviation = x[from_x + i] - mean;
    squares += deviation * deviation;
  }
  let rstd = 1.0 / sqrt(tree_sum(local_index, squares) / f32(params.n) + params.epsilon);

  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    var value = (x[from_x + i] - mean) * rstd;
    if (params.has_weight != 0u) {
      value *= weight[params.weight_offset + i];
    }
    if (params.has_bias != 0u) {
      value += bias[params.bias_offset + i];
    }
    y[to_y + i] = value;
  }
  if (local_index == 0u) {
    stats[params.stats_offset + 2u * row] = mean;
    stats[params.stats_offset + 2u * row + 1u] = rstd;
  }
}
