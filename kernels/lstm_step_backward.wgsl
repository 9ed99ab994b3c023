// Gradient of one time step of an LSTM in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   dh   = d_hs + d_h_last + d_gates_read · weight_hh            (each term only where its flag is set)
//   dc   = d_c + dh ∘ o ∘ (1 − tanh²(c))
//   dz_i = dc ∘ g ∘ i(1 − i)      dz_f = dc ∘ c_before ∘ f(1 − f)
//   dz_g = dc ∘ i ∘ (1 − g²)      dz_o = dh ∘ tanh(c) ∘ o(1 − o)
//   d_c  = dc ∘ f
//
// weight_hh  [4 · hidden, hidden]
// gates      [batch, 4 · hidden] of this step: i f g o after activation
// c_history  [time + 1, batch, hidden]; c_before and c_after are the element offsets of two of its steps
// d_hs       [batch, hidden] of this step: gradient of the step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h, for the step that made it (has_d_h_last)
// d_c        [batch, hidden]: dL/dc of this step on entry, of the step before it in the recurrence on exit
// d_gates    [time, batch, 4 · hidden]: pre-activation gradients; the step after it in the recurrence is read at element
//            offset d_gates_read (has_recurrent), this one is written at d_gates_write
//
// One thread owns 8 hidden units of 8 batch rows: four 4 × 4 blocks, column r is row r, so that a step of four k is
// `block += weights · rows`. In the variant `row` it owns 4 hidden units of one batch row, for batches of less than half of
// 8 rows. unit_blocks = ceil(hidden / 8), for one row hidden / 4; row_blocks = ceil(batch / 8), for one row batch. Dispatch
// ceil(row_blocks · unit_blocks / 8) workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use lib/lstm-backward.wgsl
// @use lib/blocks.wgsl
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  c_before: u32,
  c_after: u32,
  d_gates_read: u32,
  d_gates_write: u32,
  has_recurrent: u32,
  has_d_hs: u32,
  has_d_h_last: u32,
  weight_hh_offset: u32,
  gates_offset: u32,
  c_history_offset: u32,
  d_hs_offset: u32,
  d_h_last_offset: u32,
  d_c_offset: u32,
  d_gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> c_history: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> d_h_last: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> d_c: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 8;
// Batch rows per thread: 8 or 1.
override ROWS: u32 = 8u;

// 8 hidden units of 8 batch rows. Rows and units past the edge repeat the last ones and are not stored.
fn eight_rows(row: u32, left_unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_base = (params.d_gates_offset + params.d_gates_read) / 4u;
  let d_last = d_base + (params.batch_size - 1u) * params.hidden_size;
  let d0 = d_base + row * params.hidden_size;
  let d1 = min(d0 + params.hidden_size, d_last);
  let d2 = min(d1 + params.hidden_size, d_last);
  let d3 = min(d2 + params.hidden_size, d_last);
  let d4 = min(d3 + params.hidden_size, d_last);
  let d5 = min(d4 + params.hidden_size, d_last);
  let d6 = min(d5 + params.hidden_size, d_last);
  let d7 = min(d6 + params.hidden_size, d_last);
  var w_left = params.weight_hh_offset / 4u + left_unit4;
  var w_right = params.weight_hh_offset / 4u + min(left_unit4 + 1u, hidden4 - 1u);
  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();
  let steps = select(0u, params.hidden_size, params.has_recurrent != 0u);
  for (var r = 0u; r < steps; r++) {
    let top = mat4x4<f32>(d_gates[d0 + r], d_gates[d1 + r], d_gates[d2 + r], d_gates[d3 + r]);
    let bottom = mat4x4<f32>(d_gates[d4 + r], d_gates[d5 + r], d_gates[d6 + r], d_gates[d7 + r]);
    let left = load_weights(w_left, hidden4);
    let right = load_weights(w_right, hidden4);
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
    w_left += params.hidden_size;
    w_right += params.hidden_size;
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
  let d_base = (params.d_gates_offset + params.d_gates_read) / 4u;
  let d0 = d_base + row * params.hidden_size;
  var w_at = params.weight_hh_offset / 4u + unit4;
  var sum = vec4<f32>();
  let steps = select(0u, params.hidden_size, params.has_recurrent != 0u);
  for (var r = 0u; r < steps; r++) {
    let d = d_gates[d0 + r];
    let weights = load_weights(w_at, hidden4);
    sum += weights * d;
    w_at += params.hidden_size;
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
