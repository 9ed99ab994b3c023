// One time step of an LSTM in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   z = projected + h_read · weight_hhᵀ          [batch, 4 · hidden], gate order i f g o
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
//   c_write = f ∘ c_read + i ∘ g                  h_write = o ∘ tanh(c_write)
//
// projected  [batch, 4 · hidden] of this step: x · weight_ihᵀ + both biases
// weight_hh  [4 · hidden, hidden]
// h_history  [time + 1, batch, hidden]; h_read and h_write are the element offsets of two of its steps
// c_history  likewise, with c_read and c_write
// gates      [batch, 4 · hidden] of this step: receives i f g o after their activation
//
// One thread owns 4 hidden units of 8 batch rows: two 4 × 4 blocks per gate, column r is row r, so that a step of four k is
// `block += weights · rows`. In the variant `row` it owns them of one batch row, for batches of less than half of 8 rows.
// unit_blocks = hidden / 4; row_blocks = ceil(batch / 8), for one row batch. Dispatch ceil(row_blocks · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No binding aliases another.
// Two gates at a time: with all four the accumulators and operands spill (1.4 times slower at hidden 128).
//
// @use lib/lstm-forward.wgsl
// @use lib/blocks.wgsl
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  h_read: u32,
  h_write: u32,
  c_read: u32,
  c_write: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  h_history_offset: u32,
  c_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c_history: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 8;
// Batch rows per thread: 8 or 1.
override ROWS: u32 = 8u;

// 4 hidden units of 8 batch rows. Rows past the edge repeat the last ones and are not stored.
fn eight_rows(row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let gate_stride = params.hidden_size * hidden4;
  let w_i = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_f = w_i + gate_stride;
  let w_g = w_f + gate_stride;
  let w_o = w_g + gate_stride;
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
  var z_i_top = mat4x4<f32>();
  var z_f_top = mat4x4<f32>();
  var z_g_top = mat4x4<f32>();
  var z_o_top = mat4x4<f32>();
  var z_i_bottom = mat4x4<f32>();
  var z_f_bottom = mat4x4<f32>();
  var z_g_bottom = mat4x4<f32>();
  var z_o_bottom = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h_top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let h_bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let weights_i = transpose(load_weights(w_i + k, hidden4));
    let weights_f = transpose(load_weights(w_f + k, hidden4));
    z_i_top += weights_i * h_top;
    z_i_bottom += weights_i * h_bottom;
    z_f_top += weights_f * h_top;
    z_f_bottom += weights_f * h_bottom;
  }
  for (var k = 0u; k < hidden4; k++) {
    let h_top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let h_bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let weights_g = transpose(load_weights(w_g + k, hidden4));
    let weights_o = transpose(load_weights(w_o + k, hidden4));
    z_g_top += weights_g * h_top;
    z_g_bottom += weights_g * h_bottom;
    z_o_top += weights_o * h_top;
    z_o_bottom += weights_o * h_bottom;
  }
  var i_sums = rows_of(z_i_top, z_i_bottom);
  var f_sums = rows_of(z_f_top, z_f_bottom);
  var g_sums = rows_of(z_g_top, z_g_bottom);
  var o_sums = rows_of(z_o_top, z_o_bottom);
  for (var i = 0u; i < 8u; i++) {
    finish(row + i, unit4, i_sums[i], f_sums[i], g_sums[i], o_sums[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let gate_stride = params.hidden_size * hidden4;
  let w_i = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_f = w_i + gate_stride;
  let w_g = w_f + gate_stride;
  let w_o = w_g + gate_stride;
  let h_base = (params.h_history_offset + params.h_read) / 4u;
  let h0 = h_base + row * hidden4;
  var z_i = vec4<f32>();
  var z_f = vec4<f32>();
  var z_g = vec4<f32>();
  var z_o = vec4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = h_history[h0 + k];
    z_i += transpose(load_weights(w_i + k, hidden4)) * h;
    z_f += transpose(load_weights(w_f + k, hidden4)) * h;
    z_g += transpose(load_weights(w_g + k, hidden4)) * h;
    z_o += transpose(load_weights(w_o + k, hidden4)) * h;
  }
  finish(row, unit4, z_i, z_f, z_g, z_o);
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
