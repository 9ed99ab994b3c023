// divide_rows: y[r, j] = y[r, j] / divisors[r], in place
//
//   y         [rows, n]
//   divisors  [rows]
//
// A thread owns four columns of a row. Dispatch ceil(rows · n / 4 / WORKGROUP_SIZE) workgroups, folded. No barriers.
// Preconditions: n and y_offset are multiples of 4; y and divisors share no buffer.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  rows: u32,
  n: u32,
}

var<storage, read_write> y: array<vec4<f32>>;
var<storage, read> divisors: array<f32>;

fn own(index: u32) {
  if (index >= params.rows * (params.n / 4u)) {
    return;
  }
  y[params.y_offset / 4u + index] /= divisors[params.divisors_offset + index / (params.n / 4u)];
}
