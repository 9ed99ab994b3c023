// layer_norm_backward: gradient of layer_norm_forward's x.
//
//   u_i = d_y[r, i] · weight[i]        v_i = (x[r, i] - mean_r) · rstd_r
//   d_x[r, i] = rstd_r · (u_i - Σ_j u_j / n - v_i · Σ_j u_j·v_j / n)
//
//   x, d_y  [rows, n]
//   stats   [rows, 2]  mean and rstd of layer_norm_forward, the same variant
//   weight  [n]        taken for 1, and not read, where has_weight is 0: any other input may be bound then
//   d_x     [rows, n]
//
// The variant `rms` leaves Σ_j u_j out. The gradient of the weight is layer_norm_weight_backward's, that of the bias the
// sum of d_y over the rows.
//
// A workgroup owns one row: thread t takes columns t, t + WORKGROUP_SIZE, …, then a tree for each sum. Dispatch `rows`
// workgroups, folded. Barriers in the trees. WORKGROUP_SIZE is a power of two. Inputs may share a buffer, d_x is another.
// See layer_norm_backward_serial for short rows.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl
// @use rows/lib/layer-norm-backward-operands.wgsl
// @variant rms RMS=1

override WORKGROUP_SIZE: u32 = 64u;
override RMS: bool = false;

fn weighted(from_d_y: u32, i: u32) -> f32 {
  let gradient = d_y[from_d_y + i];
  if (params.has_weight != 0u) {
    return gradient * weight[params.weight_offset + i];
  }
  return gradient;
}

fn own(row: u32, local_index: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let from_d_y = params.d_y_offset + row * params.n;
  let to_d_x = params.d_x_offset + row * params.n;
  let mean = stats[params.stats_offset + 2u * row];
  let rstd = stats[params.stats_offset + 2u * row + 1u];

  var sum = 0.0;
  var product = 0.0;
  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    let u = weighted(from_d_y, i);
    sum += u;
    product += u * (x[from_x + i] - mean);
  }
  var u_mean = 0.0;
  if (!RMS) {
    u_mean = tree_sum(local_index, sum) / f32(params.n);
  }
  let uv_mean = tree_sum(local_index, product) * rstd / f32(params.n);

  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    let v = (x[from_x + i] - mean) * rstd;
    d_x[to_d_x + i] = rstd * (weighted(from_d_y, i) - u_mean - v * uv_mean);
  }
}
