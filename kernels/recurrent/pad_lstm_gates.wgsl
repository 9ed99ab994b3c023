// pad_lstm_gates: gate inputs of an LSTM that hold its state at padded steps.
//
//   x        [time, batch, 4 · hidden]  gate inputs before the recurrent part, order i f g o
//   lengths  [batch]                    steps that count
//   y        [time, batch, 4 · hidden]
//
//   y = x where step < lengths[row], else i = o = -HOLD, f = +HOLD, g = 0
//
// With these inputs the gates are i = o = 0 and f = 1 whatever the recurrent part adds, so the cell state passes through
// unchanged, h is 0, and so are the gates' gradients: the step kernels need to know nothing of lengths.
// The backward pass is variant `zero` on the gradient: y = 0 at padded steps.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not share a
// buffer.
//
// @use lib/linear.wgsl
// @variant zero ZERO=1

override WORKGROUP_SIZE: u32 = 64u;
override ZERO: u32 = 0u;

// Far beyond any sum of products with |h| <= 1; sigmoid is 0 or 1 there in f32.
const HOLD: f32 = 1e6;

struct Params {
  size: u32,
  batch_size: u32,
  hidden_size: u32,
  x_offset: u32,
  lengths_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> lengths: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let i = linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
  if (i >= params.size) {
    return;
  }
  let width = 4u * params.hidden_size;
  let row = i / width;
  let step = i32(row / params.batch_size);
  if (step < lengths[params.lengths_offset + row % params.batch_size]) {
    y[params.y_offset + i] = x[params.x_offset + i];
    return;
  }
  let gate = (i % width) / params.hidden_size;
  let held = select(select(-HOLD, HOLD, gate == 1u), 0.0, gate == 2u);
  y[params.y_offset + i] = select(held, 0.0, ZERO == 1u);
}
