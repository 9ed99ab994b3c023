// gated_linear_unit_forward: y[r, i] = x[r, i] · gate(x[r, n + i])  (Dauphin et al. 2017; Shazeer 2020)
//
//   x  [rows, 2n]  values, then their gates
//   y  [rows, n]
//
// The variant names the gate: sigmoid by default.
//
// A thread owns one element of y. Dispatch ceil(rows · n / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not
// share a buffer.
//
// @use lib/by-thread.wgsl
// @use lib/linear-units.wgsl
// @variant relu GATE=1
// @variant gelu GATE=2
// @variant gelu_tanh GATE=3
// @variant silu GATE=4
// @variant identity GATE=5

override WORKGROUP_SIZE: u32 = 64u;
override GATE: u32 = 0u;

struct Params {
  rows: u32,
  n: u32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;

fn gate(z: f32) -> f32 {
  switch (GATE) {
    case 1u: { return select(z, 0.0, z <= 0.0); }
    case 2u: { return gelu(z); }
    case 3u: { return gelu_tanh(z); }
    case 4u: { return silu(z); }
    case 5u: { return z; }
    default: { return stable_sigmoid(z); }
  }
}

fn own(i: u32) {
  if (i >= params.rows * params.n) {
    return;
  }
  let value = params.x_offset + i + i / params.n * params.n;
  y[params.y_offset + i] = x[value] * gate(x[value + params.n]);
}
