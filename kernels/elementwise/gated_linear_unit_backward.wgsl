// gated_linear_unit_backward: d_x[r, i] = d_y[r, i] · gate(x[r, n + i])   d_x[r, n + i] = d_y[r, i] · x[r, i] · gate'(x[r, n + i])
//
//   x    [rows, 2n]  as forward
//   d_y  [rows, n]
//   d_x  [rows, 2n]
//
// The variant names the gate, as forward; the derivative of relu at 0 is 0. Nothing is kept from the forward pass but x.
//
// A thread owns one element of d_y, so two of d_x. Dispatch ceil(rows · n / WORKGROUP_SIZE) workgroups, folded. No barriers.
// d_x may not share a buffer with an input.
//
// @use elementwise/lib/gated.wgsl

var<storage, read> d_y: array<f32>;
var<storage, read_write> d_x: array<f32>;

// How open the gate is, and its derivative.
fn gate(z: f32) -> vec2<f32> {
  switch (GATE) {
    case 1u: {
      let open = select(z, 0.0, z <= 0.0);
      return vec2<f32>(open, select(open, 1.0, z > 0.0));
    }
    case 2u: { return vec2<f32>(gelu(z), gelu_derivative(z)); }
    case 3u: { return vec2<f32>(gelu_tanh(z), gelu_tanh_derivative(z)); }
    case 4u: { return vec2<f32>(silu(z), silu_derivative(z)); }
    case 5u: { return vec2<f32>(z, 1.0); }
    default: {
      let s = stable_sigmoid(z);
      return vec2<f32>(s, s * stable_sigmoid(-z));
    }
  }
}

fn own_value(i: u32, value: u32) {
  let from_x = params.x_offset + value;
  let to = params.d_x_offset + value;
  let gradient = d_y[params.d_y_offset + i];
  let open = gate(x[from_x + params.n]);
  d_x[to] = gradient * open.x;
  d_x[to + params.n] = gradient * x[from_x] * open.y;
}
