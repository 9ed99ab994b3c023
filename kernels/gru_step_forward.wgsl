// One time step of a GRU that resets after the matmul (gates r z n) in registers.
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
// `block += weights · rows`. In the variant `row` it owns them of one batch row, for batches of less than half of 8 rows.
// unit_blocks = hidden / 4; row_blocks = ceil(batch / 8), for one row batch. Dispatch ceil(row_blocks · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
// r and z first, q in a second loop, as lstm_step_forward takes its gates by two.
//
// @use lib/gru-forward.wgsl
// @use lib/blocks.wgsl
// @variant row ROWS=1

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

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 8;
// Batch rows per thread: 8 or 1.
override ROWS: u32 = 8u;

// 4 hidden units of 8 batch rows. Rows past the edge repeat the last ones and are not stored.
fn eight_rows(row: u32, unit4: u32) {
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
    let weights_r = transpose(load_weights(w_r + k, hidden4));
    r_top += weights_r * top;
    r_bottom += weights_r * bottom;
    let weights_z = transpose(load_weights(w_z + k, hidden4));
    z_top += weights_z * top;
    z_bottom += weights_z * bottom;
  }
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let weights_q = transpose(load_weights(w_n + k, hidden4));
    q_top += weights_q * top;
    q_bottom += weights_q * bottom;
  }
  var r_sums = rows_of(r_top, r_bottom);
  var z_sums = rows_of(z_top, z_bottom);
  var q_sums = rows_of(q_top, q_bottom);
  for (var i = 0u; i < 8u; i++) {
    finish(row + i, unit4, r_sums[i], z_sums[i], q_sums[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(row: u32, unit4: u32) {
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
    sum_r += transpose(load_weights(w_r + k, hidden4)) * h;
    sum_z += transpose(load_weights(w_z + k, hidden4)) * h;
    sum_q += transpose(load_weights(w_n + k, hidden4)) * h;
  }
  finish(row, unit4, sum_r, sum_z, sum_q);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let unit_block = block % params.unit_blocks;
  let row = block / params.unit_blocks * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  if (ROWS == 1u) {
    one_row(row, unit_block);
  } else {
    eight_rows(row, unit_block);
  }
}
