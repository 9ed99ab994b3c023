// gated_linear_unit_forward: y[r, i] = x[r, i] · gate(x[r, n + i])  (Dauphin et al. 2017; Shazeer 2020)
//
//   x  [rows, 2n]  values, then their gates
//   y  [rows, n]
//
// A thread owns one element of y. Dispatch ceil(rows · n / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not
// share a buffer.
//
// @use elementwise/lib/gated.wgsl

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

fn own_value(i: u32, value: u32) {
  let at = params.x_offset + value;
  y[params.y_offset + i] = x[at] * gate(x[at + params.n]);
}
