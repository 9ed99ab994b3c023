// argmax: y[r] = the least i for which x[r, i] is largest
//
//   x  [rows, n]
//   y  [rows]  i32
//
// NaN counts as the largest, as in PyTorch and NumPy: a row that holds one gives the place of its first.
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). x and y may not share a buffer.
//
// @name argmax_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use rows/lib/argmax-{rows}.wgsl
// @use rows/lib/argmax.wgsl

struct Params {
  rows: u32,
  n: u32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> y: array<i32>;

fn score(i: u32) -> f32 {
  return x[i];
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let begin = params.x_offset + row * params.n;
  let place = best_of_row(first, begin, params.n);
  if (first == 0u) {
    y[params.y_offset + row] = i32(place);
  }
}
