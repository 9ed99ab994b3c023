// softmax_backward: d_x[r, i] = y[r, i] · (d_y[r, i] - Σ_j d_y[r, j]·y[r, j])
//
//   y    [rows, n]  output of softmax_forward, the same variant
//   d_y  [rows, n]
//   d_x  [rows, n]
//
// The variant `log`, y being the log-softmax: d_x[r, i] = d_y[r, i] - e^y[r, i] · Σ_j d_y[r, j]. In the variant `masked`
// an element of y that is 0 stands for one that does not count: whatever its d_y is, its d_x is 0.
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). d_x may not share a buffer with an
// input.
//
// @name softmax_{rows}_backward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/numbers.wgsl
// @variant log LOG=1
// @variant masked MASKED=1

override LOG: bool = false;
override MASKED: bool = false;

struct Params {
  rows: u32,
  n: u32,
}

var<storage, read> y: array<f32>;
var<storage, read> d_y: array<f32>;
var<storage, read_write> d_x: array<f32>;

fn product(gradient: f32, share: f32) -> f32 {
  return select(gradient * share, 0.0, MASKED && share == 0.0);
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_y = params.y_offset + row * params.n;
  let from_d_y = params.d_y_offset + row * params.n;
  let to_d_x = params.d_x_offset + row * params.n;

  var sum = 0.0;
  for (var i = first; i < params.n; i += STRIDE) {
    let gradient = d_y[from_d_y + i];
    if (LOG) {
      sum += gradient;
    } else {
      sum += product(gradient, y[from_y + i]);
    }
  }
  sum = row_sum(first, sum);

  for (var i = first; i < params.n; i += STRIDE) {
    let gradient = d_y[from_d_y + i];
    if (LOG) {
      d_x[to_d_x + i] = gradient - exponential(y[from_y + i]) * sum;
    } else {
      d_x[to_d_x + i] = product(gradient - sum, y[from_y + i]);
    }
  }
}
