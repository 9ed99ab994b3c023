// One time step of an Elman RNN in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   h_write = act(projected + h_read · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [batch, hidden] of this step: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]; h_read and h_write are the element offsets of two of its steps
//
// One thread owns 8 hidden units of 8 batch rows: four 4 × 4 blocks, column r is row r, so that a step of four k is
// `block += weights · rows`. In the variants `row…` it owns 4 hidden units of one batch row, for batches of less than half of
// 8 rows. unit_blocks = ceil(hidden / 8), for one row hidden / 4; row_blocks = ceil(batch / 8), for one row batch. Dispatch
// ceil(row_blocks · unit_blocks / 8) workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use lib/rnn-forward.wgsl
// @use lib/blocks.wgsl
// @variant row ROWS=1
// @variant row_relu ROWS=1 ACTIVATION=1
// @variant row_leaky_relu ROWS=1 ACTIVATION=2
// @variant row_sigmoid ROWS=1 ACTIVATION=3
// @variant row_identity ROWS=1 ACTIVATION=4

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  seq_len: u32,
  time: u32,
  h_read: u32,
  h_write: u32,
  has_lengths: u32,
  negative_slope: f32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 8;
// Batch rows per thread: 8 or 1.
override ROWS: u32 = 8u;

// 8 hidden units of 8 batch rows. Rows and units past the edge repeat the last ones and are not stored.
fn eight_rows(row: u32, left_unit4: u32) {
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
  let w_left = params.weight_hh_offset / 4u + left_unit4 * params.hidden_size;
  let w_right = params.weight_hh_offset / 4u + min(left_unit4 + 1u, hidden4 - 1u) * params.hidden_size;
  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let left = transpose(load_weights(w_left + k, hidden4));
    let right = transpose(load_weights(w_right + k, hidden4));
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
  }
  var left_sums = rows_of(top_left, bottom_left);
  var right_sums = rows_of(top_right, bottom_right);
  for (var i = 0u; i < 8u; i++) {
    finish(row + i, left_unit4, left_sums[i]);
    finish(row + i, left_unit4 + 1u, right_sums[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let h_at = (params.h_history_offset + params.h_read) / 4u + row * hidden4;
  let w_at = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  var sum = vec4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = h_history[h_at + k];
    let weights = transpose(load_weights(w_at + k, hidden4));
    sum += weights * h;
  }
  finish(row, unit4, sum);
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
    eight_rows(row, unit_block * 2u);
  }
}
