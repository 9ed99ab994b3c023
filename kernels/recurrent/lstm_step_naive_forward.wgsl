// One time step of an LSTM, the readable baseline (PyTorch's gate order i f g o, torch.nn.LSTM).
//
//   z = projected + h · weight_hhᵀ + bias_hh    [batch, 4 · hidden]
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
//   c' = f ∘ c + i ∘ g                      h' = o ∘ tanh(c')
//
// projected  [time, batch, 4 · hidden]: x · weight_ihᵀ + bias_ih, or both biases
// weight_hh  [4 · hidden, hidden]
// bias_hh    [4 · hidden] (has_bias)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// c_history  likewise
// gates      [time, batch, 4 · hidden]: receives i f g o after their activation
//
// One thread owns one hidden unit of one batch row (all four gates). Dispatch ceil(batch · hidden / 64) workgroups,
// folded into (x, y) past 65,535.
// Preconditions: none on sizes. No binding aliases another. No barriers.
//
// @use recurrent/lib/lstm-forward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  reverse: u32,
  time: u32,
  has_bias: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  h_history_offset: u32,
  c_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(2) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(4) var<storage, read_write> c_history: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
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
  let row = index / hidden;
  let unit = index % hidden;
  let step = step_at(params.time);
  let h_at = step.h_read + row * hidden;
  let w_at = params.weight_hh_offset + unit * hidden;
  let gate_stride = hidden * hidden;
  var sums = vec4<f32>();
  for (var k = 0u; k < hidden; k++) {
    let weights = vec4<f32>(
      weight_hh[w_at + k],
      weight_hh[w_at + gate_stride + k],
      weight_hh[w_at + 2u * gate_stride + k],
      weight_hh[w_at + 3u * gate_stride + k],
    );
    sums += h_history[h_at + k] * weights;
  }
  finish(step, row, unit, sums.x, sums.y, sums.z, sums.w);
}
