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
// @use lib/rank.wgsl
// @use rows/lib/argmax-{rows}.wgsl

struct Params {
  rows: u32,
  n: u32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> y: array<i32>;

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let begin = params.x_offset + row * params.n;

  // threads without an element have the row's first
  var place = select(0u, first, first < params.n);
  var best = x[begin + place];
  for (var i = first + STRIDE; i < params.n; i += STRIDE) {
    let value = x[begin + i];
    if (outranks(value, best)) {
      best = value;
      place = i;
    }
  }
  place = best_place(first, best, place);
  if (first == 0u) {
    y[params.y_offset + row] = i32(place);
  }
}
