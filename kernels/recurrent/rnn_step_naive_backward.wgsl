// Gradient of one time step of an Elman RNN, the readable baseline. See rnn_step_naive_forward for the forward step.
//
//   dh    = d_hs + d_h_last + d_pre(following) · weight_hh     (what arrives; the last term not in the last step)
//   d_pre = dh ∘ act'(pre), by act's result h            0 past a sequence's end
//
// weight_hh  [hidden, hidden]
// h          [time + 1, batch, hidden]: slot t + 1 is the result of step t
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h, added at each row's last step (has_d_h_last)
// lengths    [batch]: rows end there (has_lengths), else at seq_len
// d_pre      [time, batch, hidden]: gradients before the activation; of the following step read, of this one written
//
// One thread owns one hidden unit of one batch row. Dispatch ceil(batch · hidden / 64) workgroups, folded into (x, y) past
// 65,535. Preconditions: none on sizes. No written binding aliases another. No barriers.
//
// @use recurrent/lib/rnn-backward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  has_d_hs: u32,
  has_d_h_last: u32,
  has_lengths: u32,
  negative_slope: f32,
  weight_hh_offset: u32,
  h_offset: u32,
  d_hs_offset: u32,
  d_h_last_offset: u32,
  lengths_offset: u32,
  d_pre_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(1) var<storage, read> h: array<f32>;
@group(0) @binding(2) var<storage, read> d_hs: array<f32>;
@group(0) @binding(3) var<storage, read> d_h_last: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_pre: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

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
  let d_at = step.d_pre_read + row * hidden;
  let w_at = params.weight_hh_offset + unit;
  let steps = select(0u, hidden, step.recurrent);
  var sum = 0.0;
  for (var k = 0u; k < steps; k++) {
    sum += d_pre[d_at + k] * weight_hh[w_at + k * hidden];
  }
  finish(step, row, unit, sum);
}
