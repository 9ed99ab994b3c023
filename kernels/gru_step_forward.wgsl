// One time step of a GRU that resets after the matmul (gates r z n) in registers, 8 batch rows per thread.
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
// One thread owns 4 hidden units of 8 batch rows: two 4 × 4 blocks per gate, column r is row r, so that a step of four k is
// `block += weights · rows`. row_blocks = ceil(batch / 8), unit_blocks = hidden / 4; dispatch
// ceil(row_blocks · unit_blocks / 8) workgroups, folded into (x, y) past 65,535. Rows past the batch repeat the last one and
// are not stored.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
// r and z first, q in a second loop, as lstm_step_forward takes its gates by two. SwiftShader, B 32 H 128 T 64: 2.19 GFLOP
// per second of CPU time, the LSTM's step 1.84. The ends go by a loop: unrolled, they took most of the compile time.
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
  let row = block / params.unit_blocks * 8u;
  if (row >= params.batch_size) {
    return;
  }
  let hidden4 = params.hidden_size / 4u;
  let h_base = (params.h_history_offset + params.h_read) / 4u;
  let h_last = h_base + (params.batch_size - 1u) * hidden4;
  let h0 = h_base + row * hidden4;
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  let h4 = min(h3 + hidden4, h_last);
  let h5 = min(h4 + hidden4, h_last);
  let h6 = min(h5 + hidden4, h_last);
  let h7 = min(h6 + hidden4, h_last);
  let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_z = w_r + params.hidden_size * hidden4;
  let w_n = w_z + params.hidden_size * hidden4;
  var r_top = mat4x4<f32>();
  var z_top = mat4x4<f32>();
  var q_top = mat4x4<f32>();
  var r_bottom = mat4x4<f32>();
  var z_bottom = mat4x4<f32>();
  var q_bottom = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let weights_r = load_weights(w_r + k, hidden4);
    r_top += weights_r * top;
    r_bottom += weights_r * bottom;
    let weights_z = load_weights(w_z + k, hidden4);
    z_top += weights_z * top;
    z_bottom += weights_z * bottom;
  }
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let weights_q = load_weights(w_n + k, hidden4);
    q_top += weights_q * top;
    q_bottom += weights_q * bottom;
  }
  var r_sums = array<vec4<f32>, 8>(
    r_top[0], r_top[1], r_top[2], r_top[3],
    r_bottom[0], r_bottom[1], r_bottom[2], r_bottom[3],
  );
  var z_sums = array<vec4<f32>, 8>(
    z_top[0], z_top[1], z_top[2], z_top[3],
    z_bottom[0], z_bottom[1], z_bottom[2], z_bottom[3],
  );
  var q_sums = array<vec4<f32>, 8>(
    q_top[0], q_top[1], q_top[2], q_top[3],
    q_bottom[0], q_bottom[1], q_bottom[2], q_bottom[3],
  );
  for (var i = 0u; i < 8u; i++) {
    finish(row + i, unit4, r_sums[i], z_sums[i], q_sums[i]);
  }
}
