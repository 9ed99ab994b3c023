// One time step of an Elman RNN in registers, 8 batch rows per thread.
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
// `block += weights · rows`. row_blocks = ceil(batch / 8), unit_blocks = ceil(hidden / 8); dispatch
// ceil(row_blocks · unit_blocks / 8) workgroups, folded into (x, y) past 65,535. Rows and units past the edge repeat the
// last ones and are not stored.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use lib/lengths.wgsl
// @use lib/activation.wgsl

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

const WORKGROUP_SIZE: u32 = 8;

// Four units of the weights at four k: one unit per row of the matrix.
fn load_weights(at: u32, stride: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(
    weight_hh[at], weight_hh[at + stride], weight_hh[at + 2u * stride], weight_hh[at + 3u * stride],
  ));
}

// The new state of four units of one batch row.
fn finish(row: u32, unit4: u32, recurrent: vec4<f32>) {
  let width = params.hidden_size / 4u;
  if (row >= params.batch_size || unit4 >= width) {
    return;
  }
  let at = row * width + unit4;
  let write_at = (params.h_history_offset + params.h_write) / 4u + at;
  if (params.time >= end_of(row)) {
    h_history[write_at] = h_history[(params.h_history_offset + params.h_read) / 4u + at];
    return;
  }
  h_history[write_at] = activate4(recurrent + projected[params.projected_offset / 4u + at], params.negative_slope);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let left_unit4 = block % params.unit_blocks * 2u;
  let right_unit4 = left_unit4 + 1u;
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
  let w_left = params.weight_hh_offset / 4u + left_unit4 * params.hidden_size;
  let w_right = params.weight_hh_offset / 4u + min(right_unit4, hidden4 - 1u) * params.hidden_size;
  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let left = load_weights(w_left + k, hidden4);
    let right = load_weights(w_right + k, hidden4);
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
  }
  var left_sums = array<vec4<f32>, 8>(
    top_left[0], top_left[1], top_left[2], top_left[3],
    bottom_left[0], bottom_left[1], bottom_left[2], bottom_left[3],
  );
  var right_sums = array<vec4<f32>, 8>(
    top_right[0], top_right[1], top_right[2], top_right[3],
    bottom_right[0], bottom_right[1], bottom_right[2], bottom_right[3],
  );
  for (var i = 0u; i < 8u; i++) {
    finish(row + i, left_unit4, left_sums[i]);
    finish(row + i, right_unit4, right_sums[i]);
  }
}
