// Second half of a time step of a GRU that resets before the matmul: n and h, once s is there; the readable baseline.
//
//   r = σ(p_r + h_read · w_rᵀ)      z = σ(p_z + h_read · w_zᵀ)      s = r ∘ h_read
//   n = tanh(p_n + s · w_nᵀ)        h_write = (1 − z) ∘ n + z ∘ h_read
//
// projected  [batch, 3 · hidden] of this step: p_r p_z p_n = x · weight_ihᵀ + both biases
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]; h_read and h_write are the element offsets of two of its steps
// gates      [batch, 4 · hidden] of this step: receives r z n s; zeros past a sequence's end
//
// One thread owns one hidden unit of one batch row. Dispatch ceil(batch · hidden / 64) workgroups, folded into (x, y) past
// 65,535. Preconditions: none on sizes. No written binding aliases another. No barriers.
// Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; ONNX's linear_before_reset = 0.
//
// @use lib/lengths.wgsl
// @use lib/math.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  h_read: u32,
  h_write: u32,
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

const WORKGROUP_SIZE: u32 = 64;

// Candidate and new state of one unit of one batch row.
fn finish_candidate(row: u32, unit: u32, sum_n: f32) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size;
  let at = row * width + unit;
  let h = h_history[params.h_history_offset + params.h_read + at];
  let gates_at = params.gates_offset + row * 4u * width + unit;
  var n = 0.0;
  var h_new = h;
  if (params.time < end_of(row)) {
    n = stable_tanh(sum_n + projected[params.projected_offset + (row * 3u + 2u) * width + unit]);
    h_new = n + gates[gates_at + width] * (h - n);
  }
  gates[gates_at + 2u * width] = n;
  h_history[params.h_history_offset + params.h_write + at] = h_new;
}

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
  let s_at = params.gates_offset + (row * 4u + 3u) * hidden;
  let w_at = params.weight_hh_offset + (2u * hidden + unit) * hidden;
  var sum = 0.0;
  for (var k = 0u; k < hidden; k++) {
    sum += gates[s_at + k] * weight_hh[w_at + k];
  }
  finish_candidate(row, unit, sum);
}
