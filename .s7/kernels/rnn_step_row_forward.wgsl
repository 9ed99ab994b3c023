// One time step of an Elman RNN in registers, one batch row per thread.
// Made for software adapters: no workgroup memory, no barriers.
//
//   h_write = act(projected + h_read · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [batch, hidden] of this step: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]; h_read and h_write are the element offsets of two of its steps
//
// One thread owns 4 hidden units of one batch row; unit_blocks = hidden / 4. Dispatch ceil(batch · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
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
  let unit4 = block % params.unit_blocks;
  let row = block / params.unit_blocks;
  if (row >= params.batch_size) {
    return;
  }
  let hidden4 = params.hidden_size / 4u;
  let h_at = (params.h_history_offset + params.h_read) / 4u + row * hidden4;
  let w_at = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  var sum = vec4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = h_history[h_at + k];
    let weights = load_weights(w_at + k, hidden4);
    sum += weights * h;
  }
  finish(row, unit4, sum);
}
