// muon_polynomial: y = a·I + b·x + c·y, in place, for square matrices
//
//   x  [matrices, n, n]  X·Xᵀ or Xᵀ·X
//   y  [matrices, n, n]  its square; then what X is multiplied with in a step of Newton and Schulz
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not share a
// buffer.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  n: u32,
  a: f32,
  b: f32,
  c: f32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;

fn own(i: u32) {
  let row = (i / params.n) % params.n;
  let column = i % params.n;
  let sum = params.b * x[params.x_offset + i] + params.c * y[params.y_offset + i];
  y[params.y_offset + i] = sum + select(0.0, params.a, row == column);
}
