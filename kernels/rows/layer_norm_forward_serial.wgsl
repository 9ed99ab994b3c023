// layer_norm_forward_serial: y[r, i] = (x[r, i] - mean_r) · rstd_r · weight[i] + bias[i]
//
//   mean_r = Σ_i x[r, i] / n        rstd_r = 1 / √(Σ_i (x[r, i] - mean_r)² / n + epsilon)
//
//   x       [rows, n]
//   weight  [n]        taken for 1, and not read, where has_weight is 0: any other input may be bound then
//   bias    [n]        taken for 0 where has_bias is 0, likewise
//   y       [rows, n]
//   stats   [rows, 2]  mean and rstd, for the backward pass
//
// The variant `rms` leaves the mean out: mean_r = 0. Sums are kept in four parts, for elements i mod 4: shorter chains of
// dependent additions and less rounding.
//
// A thread owns one row. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share a buffer,
// outputs are buffers of their own. Same parameters as layer_norm_forward, which is the better one for long rows on a GPU.
//
// @use lib/by-thread.wgsl
// @use rows/lib/layer-norm-forward-operands.wgsl
// @variant rms RMS=1

override WORKGROUP_SIZE: u32 = 64u;
override RMS: bool = false;

fn own(row: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let to_y = params.y_offset + row * params.n;
  let end = from_x + params.n;
  let whole = from_x + (params.n & ~3u);

  var mean = 0.0;
  if (!RMS) {
    var sums = vec4f();
    for (var i = from_x; i < whole; i += 4u) {
      sums += vec4f(x[i], x[i + 1u], x[i + 2u], x[i + 3u]);
    }
    for (var i = whole; i < end; i++) {
      sums.x += x[i];
    }
    mean = (sums.x + sums.y + (sums.z + sums.w)) / f32(params.n);
  }
  var squares = vec4f();
  for (var i = from_x; i < whole; i += 4u) {
    let deviations = vec4f(x[i], x[i + 1u], x[i + 2u], x[i + 3u]) - mean;
    squares += deviations * deviations;
  }
  for (var i = whole; i < end; i++) {
    squares.x += (x[i] - mean) * (x[i] - mean);
  }
  let variance = (squares.x + squares.y + (squares.z + squares.w)) / f32(params.n);
  let rstd = 1.0 / sqrt(variance + params.epsilon);

  for (var i = 0u; i < params.n; i++) {
    var value = (x[from_x + i] - mean) * rstd;
    if (params.has_weight != 0u) {
      value *= weight[params.weight_offset + i];
    }
    if (params.has_bias != 0u) {
      value += bias[params.bias_offset + i];
    }
    y[to_y + i] = value;
  }
  stats[params.stats_offset + 2u * row] = mean;
  stats[params.stats_offset + 2u * row + 1u] = rstd;
}
