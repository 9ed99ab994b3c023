// muon_normalize: x[r, i] = x[r, i] / (√Σ_j x[r, j]² + epsilon), in place: matrices r, each as one row
//
//   x  [rows, n]
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl).
//
// @name muon_normalize_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl

struct Params {
  rows: u32,
  n: u32,
  epsilon: f32,
}

var<storage, read_write> x: array<f32>;

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let start = params.x_offset + row * params.n;
  var sum = 0.0;
  for (var i = first; i < params.n; i += STRIDE) {
    sum += x[start + i] * x[start + i];
  }
  let norm = sqrt(row_sum(first, sum)) + params.epsilon;
  for (var i = first; i < params.n; i += STRIDE) {
    x[start + i] /= norm;
  }
}
