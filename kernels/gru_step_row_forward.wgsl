// One time step of a GRU that resets after the matmul (gates r z n) in registers, one batch row per thread.
// Made for software adapters: no workgroup memory, no barriers.
//
//   r = σ(p_r + h_read · w_rᵀ)      z = σ(p_z + h_read · w_zᵀ)      q = h_read · w_nᵀ + bias_hn
//   n = tanh(p_n + r ∘ q)           h_write = (1 − z) ∘ n + z ∘ h_read
//
// projected  [batch, 3 · hidden] of this step: p_r p_z p_n = x · weight_ihᵀ + b_ih, with b_hh's parts of r and z
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// bias_hn    [hidden] (has_bias)
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]; h_read and h_write are the element offsets of two of its steps
// gates      [batch, 4 · hidden] of this step: receives r z n q; zeros past a sequence's end
//
// One thread owns 4 hidden units of one batch row; unit_blocks = hidden / 4. Dispatch ceil(batch · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use lib/lengths.wgsl
// @use lib/vector.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  seq_len: u32,
  time: u32,
  h_read: u32,
  h_write: u32,
  has_bias: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hn_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias_hn: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

const WORKGROUP_SIZE: u32 = 8;

// Four units of the weights at four k: one unit per row of the matrix.
fn load_weights(at: u32, stride: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(
    weight_hh[at], weight_hh[at + stride], weight_hh[at + 2u * stride], weight_hh[at + 3u * stride],
  ));
}

// Gates and new state of four units of one batch row, from the recurrent sums.
fn finish(row: u32, unit4: u32, sum_r: vec4<f32>, sum_z: vec4<f32>, sum_q: vec4<f32>) {
  let width = params.hidden_size / 4u;
  if (row >= params.batch_size || unit4 >= width) {
    return;
  }
  let at = row * width + unit4;
  let h = h_history[(params.h_history_offset + params.h_read) / 4u + at];
  let write_at = (params.h_history_offset + params.h_write) / 4u + at;
  let gates_at = params.gates_offset / 4u + row * 4u * width + unit4;
  var r = vec4<f32>();
  var z = vec4<f32>();
  var n = vec4<f32>();
  var q = vec4<f32>();
  if (params.time >= end_of(row)) {
    h_history[write_at] = h;
  } else {
    let projected_at = params.projected_offset / 4u + row * 3u * width + unit4;
    r = stable_sigmoid4(sum_r + projected[projected_at]);
    z = stable_sigmoid4(sum_z + projected[projected_at + width]);
    q = sum_q;
    if (params.has_bias != 0u) {
      q += bias_hn[params.bias_hn_offset / 4u + unit4];
    }
    n = stable_tanh4(projected[projected_at + 2u * width] + r * q);
    h_history[write_at] = n + z * (h - n);
  }
  gates[gates_at] = r;
  gates[gates_at + width] = z;
  gates[gates_at + 2u * width] = n;
  gates[gates_at + 3u * width] = q;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let unit4 = block % params.unit_blocks;
  let row = block / params.unit_blocks;
  if (row >= params.batch_size) {
    return;
  }
  let hidden4 = params.hidden_size / 4u;
  let h_at = (params.h_history_offset + params.h_read) / 4u + row * hidden4;
  let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_z = w_r + params.hidden_size * hidden4;
  let w_n = w_z + params.hidden_size * hidden4;
  var sum_r = vec4<f32>();
  var sum_z = vec4<f32>();
  var sum_q = vec4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = h_history[h_at + k];
    sum_r += load_weights(w_r + k, hidden4) * h;
    sum_z += load_weights(w_z + k, hidden4) * h;
    sum_q += load_weights(w_n + k, hidden4) * h;
  }
  finish(row, unit4, sum_r, sum_z, sum_q);
}
