// One time step of an Elman RNN, the readable baseline.
//
//   h' = act(projected + h · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [time, batch, hidden]: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
//
// One thread owns one hidden unit of one batch row. Dispatch ceil(batch · hidden / 64) workgroups, folded into (x, y) past
// 65,535. Preconditions: none on sizes. No written binding aliases another. No barriers.
// Elman, "Finding structure in time", Cognitive Science 14, 1990; torch.nn.RNN.
//
// @use recurrent/lib/rnn-forward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  has_lengths: u32,
  negative_slope: f32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const WORKGROUP_SIZE: u32 = 64;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let hidden = params.hidden_size;
  if (index >= params.batch_size * hidden) {
    return;
  }
  let step = step_at(params.time);
  let row = index / hidden;
  let unit = index % hidden;
  let h_at = step.h_read + row * hidden;
  let w_at = params.weight_hh_offset + unit * hidden;
  var sum = 0.0;
  for (var k = 0u; k < hidden; k++) {
    sum += h_history[h_at + k] * weight_hh[w_at + k];
  }
  finish(step, row, unit, sum);
}
