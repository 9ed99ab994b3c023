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
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). Inputs may share a buffer, outputs
// are buffers of their own. Sums are kept in four parts: shorter chains of dependent additions and less rounding.
//
// @name layer_norm_{rows}_forward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @variant rms RMS=1

override RMS: bool = false;

struct Params {
  rows: u32,
  n: u32,
  has_weight: u32,
  has_bias: u32,
  epsilon: f32,
}

var<storage, read> x: array<f32>;
var<storage, read> weight: array<f32>;
var<storage, read> bias: array<f32>;
var<storage, read_write> y: array<f32>;
var<storage, read_write> stats: array<f32>;

// Of a thread's part of a row, less the mean, as it is or squared.
fn sum_of(from_x: u32, first: u32, mean: f32, squared: bool) -> f32 {
  var sums = vec4f();
  var i = first;
  for (; i + 3u * STRIDE < params.n; i += 4u * STRIDE) {
    let at = from_x + i;
    let value = vec4f(x[at], x[at + STRIDE], x[at + 2u * STRIDE], x[at + 3u * STRIDE]) - mean;
    sums += select(value, value * value, squared);
  }
  for (; i < params.n; i += STRIDE) {
    let value = x[from_x + i] - mean;
    sums.x += select(value, value * value, squared);
  }
  return sums.x + sums.y + (sums.z + sums.w);
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let to_y = params.y_offset + row * params.n;

  var mean = 0.0;
  if (!RMS) {
    mean = row_sum(first, sum_of(from_x, first, 0.0, false)) / f32(params.n);
  }
  let squares = row_sum(first, sum_of(from_x, first, mean, true));
  let rstd = 1.0 / sqrt(squares / f32(params.n) + params.epsilon);

  for (var i = first; i < params.n; i += STRIDE) {
    var value = (x[from_x + i] - mean) * rstd;
    if (params.has_weight != 0u) {
      value *= weight[params.weight_offset + i];
    }
    if (params.has_bias != 0u) {
      value += bias[params.bias_offset + i];
    }
    y[to_y + i] = value;
  }
  if (first == 0u) {
    stats[params.stats_offset + 2u * row] = mean;
    stats[params.stats_offset + 2u * row + 1u] = rstd;
  }
}
