// layer_norm_backward_serial: gradient of layer_norm_forward's x.
//
//   u_i = d_y[r, i] · weight[i]        v_i = (x[r, i] - mean_r) · rstd_r
//   d_x[r, i] = rstd_r · (u_i - Σ_j u_j / n - v_i · Σ_j u_j·v_j / n)
//
//   x, d_y  [rows, n]
//   stats   [rows, 2]  mean and rstd of layer_norm_forward, the same variant
//   weight  [n]        taken for 1, and not read, where has_weight is 0: any other input may be bound then
//   d_x     [rows, n]
//
// The variant `rms` leaves Σ_j u_j out.
//
// A thread owns one row. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share a buffer,
// d_x is another. Same parameters as layer_norm_backward, which is the better one for long rows on a GPU.
//
// @use lib/by-thread.wgsl
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

fn own(row: u32) {
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
  for (var i = 0u; i < params.n; i++) {
    let u = weighted(from_d_y, i);
    sum += u;
    product += u * (x[from_x + i] - mean);
  }
  let u_mean = select(sum / f32(params.n), 0.0, RMS);
  let uv_mean = product * rstd / f32(params.n);

  for (var i = 0u; i < params.n; i++) {
    let v = (x[from_x + i] - mean) * rstd;
    d_x[to_d_x + i] = rstd * (weighted(from_d_y, i) - u_mean - v * uv_mean);
  }
}
