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
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). Inputs may share a buffer, d_x is
// another.
//
// @name layer_norm_{rows}_backward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @variant rms RMS=1

override RMS: bool = false;

struct Params {
  rows: u32,
  n: u32,
  has_weight: u32,
}

var<storage, read> x: array<f32>;
var<storage, read> d_y: array<f32>;
var<storage, read> stats: array<f32>;
var<storage, read> weight: array<f32>;
var<storage, read_write> d_x: array<f32>;

fn weighted(from_d_y: u32, i: u32) -> f32 {
  let gradient = d_y[from_d_y + i];
  if (params.has_weight != 0u) {
    return gradient * weight[params.weight_offset + i];
  }
  return gradient;
}

fn own_row(row: u32, first: u32) {
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
  for (var i = first; i < params.n; i += STRIDE) {
    let u = weighted(from_d_y, i);
    sum += u;
    product += u * (x[from_x + i] - mean);
  }
  var u_mean = 0.0;
  if (!RMS) {
    u_mean = row_sum(first, sum) / f32(params.n);
  }
  let uv_mean = row_sum(first, product) * rstd / f32(params.n);

  for (var i = first; i < params.n; i += STRIDE) {
    let v = (x[from_x + i] - mean) * rstd;
    d_x[to_d_x + i] = rstd * (weighted(from_d_y, i) - u_mean - v * uv_mean);
  }
}
