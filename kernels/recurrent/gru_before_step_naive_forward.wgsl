// One time step of a GRU that resets before the matmul (gates r z n), the readable baseline.
//
//   r = σ(p_r + h · w_rᵀ)      z = σ(p_z + h · w_zᵀ)      s = r ∘ h
//   n = tanh(p_n + s · w_nᵀ)        h' = (1 − z) ∘ n + z ∘ h
//
// projected  [time, batch, 3 · hidden]: p_r p_z p_n = x · weight_ihᵀ + both biases
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
// gates      [time, batch, 4 · hidden]: receives r z n s; zeros past a sequence's end
//
// One workgroup owns a whole batch row, because s of all units is needed for each unit: its threads leave it in gates
// for each other. One thread owns every WORKGROUP_SIZE-th unit. Dispatch batch workgroups, folded into (x, y) past 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
// Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; ONNX's linear_before_reset = 0.
//
// @use recurrent/lib/gru-before-forward.wgsl
// @variant wide WORKGROUP_SIZE=256

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(4) var<storage, read_write> gates: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;

override WORKGROUP_SIZE: u32 = 64u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = group.x + group.y * groups.x;
  if (row >= params.batch_size) {
    return;
  }
  let step = step_at(params.time);
  let width = params.hidden_size;
  let h_at = step.h_read + row * width;
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + unit * width;
    var sum_r = 0.0;
    var sum_z = 0.0;
    for (var k = 0u; k < width; k++) {
      let h = h_history[h_at + k];
      sum_r += h * weight_hh[w_at + k];
      sum_z += h * weight_hh[w_at + width * width + k];
    }
    finish_gates(step, row, unit, sum_r, sum_z);
  }
  storageBarrier();
  let s_at = step.gates + (row * 4u + 3u) * width;
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + (2u * width + unit) * width;
    var sum = 0.0;
    for (var k = 0u; k < width; k++) {
      sum += gates[s_at + k] * weight_hh[w_at + k];
    }
    finish_candidate(step, row, unit, sum);
  }
}
