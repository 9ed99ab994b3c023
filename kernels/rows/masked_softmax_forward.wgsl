// masked_softmax_forward: y[r, i] = m · e^x[r, i] / Σ_j m · e^x[r, j], m being 1 where the mask is not 0, else 0
//
//   x     [rows, n]
//   mask  [mask_rows, n]  row r uses row r / repeat % mask_rows
//   y     [rows, n]       0 in a row of which nothing is left
//
// The maximum of what is left is subtracted first, so no exponential passes 1. What the mask takes away may be anything,
// NaN too; NaN, ∞ or nothing but -∞ in what is left gives NaN there. The gradient is softmax_backward of y.
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). y may not share a buffer with an
// input.
//
// @name masked_softmax_{rows}_forward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/numbers.wgsl

struct Params {
  rows: u32,
  n: u32,
  repeat: u32,
  mask_rows: u32,
}

var<storage, read> x: array<f32>;
var<storage, read> mask: array<f32>;
var<storage, read_write> y: array<f32>;

// The exponential of what is left, 0 where nothing is.
fn weight(at: u32, from_mask: u32, from_x: u32, largest: f32) -> f32 {
  if (mask[from_mask + at] == 0.0) {
    return 0.0;
  }
  return exp(x[from_x + at] - largest);
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_x = params.x_offset + row * params.n;
  let from_mask = params.mask_offset + row / params.repeat % params.mask_rows * params.n;
  let to_y = params.y_offset + row * params.n;

  var largest = bitcast<f32>(0xff800000u | (params.n & 0u)); // -∞, which WGSL has no constant for
  for (var i = first; i < params.n; i += STRIDE) {
    if (!(mask[from_mask + i] == 0.0)) {
      largest = max(largest, x[from_x + i]);
    }
  }
  largest = row_maximum(first, largest);

  var sum = 0.0;
  for (var i = first; i < params.n; i += STRIDE) {
    sum += weight(i, from_mask, from_x, largest);
  }
  sum = row_sum(first, sum);

  // a row with nothing left has only zeros to divide
  let scale = 1.0 / select(checked_total(sum), 1.0, sum == 0.0);
  for (var i = first; i < params.n; i += STRIDE) {
    y[to_y + i] = select(weight(i, from_mask, from_x, largest) * scale, 0.0, mask[from_mask + i] == 0.0);
  }
}
