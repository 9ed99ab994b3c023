// softmax_forward: y[r, i] = e^x[r, i] / Σ_j e^x[r, j]
//
//   x  [rows, n]
//   y  [rows, n]
//
// The variant `log` gives the logarithm of that, x[r, i] - log Σ_j e^x[r, j]. The row's maximum is subtracted first, so
// no exponential passes 1. A row with NaN or ∞, or of nothing but -∞, gives NaN, as in PyTorch: NaN or ∞ - ∞ is in the sum.
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). x and y may not share a buffer.
//
// @name softmax_{rows}_forward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/numbers.wgsl
// @variant log LOG=1

override LOG: bool = false;

struct Params {
  rows: u32,
  n: u32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let to_y = params.y_offset + row * params.n;

  var largest = x[from_x];
  for (var i = first; i < params.n; i += STRIDE) {
    largest = max(largest, x[from_x + i]);
  }
  largest = row_maximum(first, largest);

  var sum = 0.0;
  for (var i = first; i < params.n; i += STRIDE) {
    sum += exp(x[from_x + i] - largest);
  }
  sum = checked_total(row_sum(first, sum));

  let log_sum = logarithm_of_total(sum);
  for (var i = first; i < params.n; i += STRIDE) {
    let below = x[from_x + i] - largest;
    if (LOG) {
      y[to_y + i] = below - log_sum;
    } else {
      y[to_y + i] = exp(below) / sum;
    }
  }
}
