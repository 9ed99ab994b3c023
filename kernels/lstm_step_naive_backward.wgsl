// Gradient of one time step of an LSTM, the readable baseline. See lstm_step_naive_forward for the forward step.
//
//   dh   = d_hs + d_h_last + d_gates_read · weight_hh            (each term only where its flag is set)
//   dc   = d_c + dh ∘ o ∘ (1 − tanh²(c))
//   dz_i = dc ∘ g ∘ i(1 − i)      dz_f = dc ∘ c_before ∘ f(1 − f)
//   dz_g = dc ∘ i ∘ (1 − g²)      dz_o = dh ∘ tanh(c) ∘ o(1 − o)
//   d_c  = dc ∘ f
//
// weight_hh  [4 · hidden, hidden]
// gates      [batch, 4 · hidden] of this step: i f g o after activation
// c_history  [time + 1, batch, hidden]; c_before and c_after are the element offsets of two of its steps
// d_hs       [batch, hidden] of this step: gradient of the step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h, for the step that made it (has_d_h_last)
// d_c        [batch, hidden]: dL/dc of this step on entry, of the step before it in the recurrence on exit
// d_gates    [time, batch, 4 · hidden]: pre-activation gradients; the step after it in the recurrence is read at element
//            offset d_gates_read (has_recurrent), this one is written at d_gates_write
//
// One thread owns one hidden unit of one batch row. Dispatch ceil(batch · hidden / 64) workgroups, folded into (x, y)
// past 65,535. Preconditions: none on sizes. No written binding aliases another. No barriers.
//
// @use lib/lstm-backward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  c_before: u32,
  c_after: u32,
  d_gates_read: u32,
  d_gates_write: u32,
  has_recurrent: u32,
  has_d_hs: u32,
  has_d_h_last: u32,
  weight_hh_offset: u32,
  gates_offset: u32,
  c_history_offset: u32,
  d_hs_offset: u32,
  d_h_last_offset: u32,
  d_c_offset: u32,
  d_gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> c_history: array<f32>;
@group(0) @binding(3) var<storage, read> d_hs: array<f32>;
@group(0) @binding(4) var<storage, read> d_h_last: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_c: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

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
  let row = index / hidden;
  let unit = index % hidden;
  let d_at = params.d_gates_offset + params.d_gates_read + row * 4u * hidden;
  let w_at = params.weight_hh_offset + unit;
  let steps = select(0u, 4u * hidden, params.has_recurrent != 0u);
  var sum = 0.0;
  for (var k = 0u; k < steps; k++) {
    sum += d_gates[d_at + k] * weight_hh[w_at + k * hidden];
  }
  finish(row, unit, sum);
}
