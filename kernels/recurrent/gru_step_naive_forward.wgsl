// One time step of a GRU that resets after the matmul (gates r z n), the readable baseline.
//
//   r = σ(p_r + h · w_rᵀ + b_r)      z = σ(p_z + h · w_zᵀ + b_z)      q = h · w_nᵀ + b_n
//   n = tanh(p_n + r ∘ q)           h' = (1 − z) ∘ n + z ∘ h
//
// projected  [time, batch, 3 · hidden]: p_r p_z p_n = x · weight_ihᵀ + b_ih
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// bias_hh    [3 · hidden]: b_r b_z b_n (has_bias)
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
// gates      [time, batch, 4 · hidden]: receives r z n q; zeros past a sequence's end
//
// One thread owns one hidden unit of one batch row. Dispatch ceil(batch · hidden / 64) workgroups, folded into (x, y) past
// 65,535. Preconditions: none on sizes. No written binding aliases another. No barriers.
// Cho et al. 2014 with the reset gate after the matmul, as cuDNN and torch.nn.GRU.
//
// @use recurrent/lib/gru-forward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  has_bias: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(2) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<f32>;
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
  let step = step_at(params.time);
  let row = index / hidden;
  let unit = index % hidden;
  let h_at = step.h_read + row * hidden;
  let w_at = params.weight_hh_offset + unit * hidden;
  let gate_stride = hidden * hidden;
  var sum = vec3<f32>();
  for (var k = 0u; k < hidden; k++) {
    let weights = vec3<f32>(
      weight_hh[w_at + k], weight_hh[w_at + gate_stride + k], weight_hh[w_at + 2u * gate_stride + k],
    );
    sum += h_history[h_at + k] * weights;
  }
  finish(step, row, unit, sum.x, sum.y, sum.z);
}
