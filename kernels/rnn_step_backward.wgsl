// Gradient of one time step of an Elman RNN in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   dh    = d_hs + d_h_last + d_pre_read · weight_hh     (each term only where its flag is set)
//   d_pre = dh ∘ act'(pre), by act's result h            0 past a sequence's end
//
// weight_hh  [hidden, hidden]
// h          [batch, hidden]: result of this step
// d_hs       [batch, hidden] of this step: gradient of the step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h, added at each row's last step (has_d_h_last)
// lengths    [batch]: rows end there (has_lengths), else at seq_len
// d_pre      [time, batch, hidden]: gradients before the activation; the step after this one is read at element offset
//            d_pre_read (has_recurrent), this one is written at d_pre_write
//
// One thread owns 8 hidden units of 8 batch rows: four 4 × 4 blocks, column r is row r, so that a step of four k is
// `block += weights · rows`. In the variants `row…` it owns 4 hidden units of one batch row, for batches of less than half of
// 8 rows. unit_blocks = ceil(hidden / 8), for one row hidden / 4; row_blocks = ceil(batch / 8), for one row batch. Dispatch
// ceil(row_blocks · unit_blocks / 8) workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use lib/rnn-backward.wgsl
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
  d_pre_read: u32,
  d_pre_write: u32,
  has_recurrent: u32,
  has_d_hs: u32,
  has_d_h_last: u32,
  has_lengths: u32,
  negative_slope: f32,
  weight_hh_offset: u32,
  h_offset: u32,
  d_hs_offset: u32,
  d_h_last_offset: u32,
  lengths_offset: u32,
  d_pre_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> h: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_h_last: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_pre: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 8;
// Batch rows per thread: 8 or 1.
override ROWS: u32 = 8u;

// 8 hidden units of 8 batch rows. Rows and units past the edge repeat the last ones and are not stored.
fn eight_rows(row: u32, left_unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_base = (params.d_pre_offset + params.d_pre_read) / 4u;
  let d_last = d_base + (params.batch_size - 1u) * hidden4;
  let d0 = d_base + row * hidden4;
  let d1 = min(d0 + hidden4, d_last);
  let d2 = min(d1 + hidden4, d_last);
  let d3 = min(d2 + hidden4, d_last);
  let d4 = min(d3 + hidden4, d_last);
  let d5 = min(d4 + hidden4, d_last);
  let d6 = min(d5 + hidden4, d_last);
  let d7 = min(d6 + hidden4, d_last);
  var w_left = params.weight_hh_offset / 4u + left_unit4;
  var w_right = params.weight_hh_offset / 4u + min(left_unit4 + 1u, hidden4 - 1u);
  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();
  let steps = select(0u, hidden4, params.has_recurrent != 0u);
  for (var k = 0u; k < steps; k++) {
    let top = mat4x4<f32>(d_pre[d0 + k], d_pre[d1 + k], d_pre[d2 + k], d_pre[d3 + k]);
    let bottom = mat4x4<f32>(d_pre[d4 + k], d_pre[d5 + k], d_pre[d6 + k], d_pre[d7 + k]);
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
  let d_at = (params.d_pre_offset + params.d_pre_read) / 4u + row * hidden4;
  var w_at = params.weight_hh_offset / 4u + unit4;
  let steps = select(0u, hidden4, params.has_recurrent != 0u);
  var sum = vec4<f32>();
  for (var k = 0u; k < steps; k++) {
    let d = d_pre[d_at + k];
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
