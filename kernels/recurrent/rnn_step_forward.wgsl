// One time step of an Elman RNN in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   h' = act(projected + h · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [time, batch, hidden]: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
//
// One thread owns 8 hidden units of 8 batch rows, in the variants `four_rows…` and `row…` 4 of 4 or one, for small batches.
// unit_blocks = ceil(hidden / units); row_blocks = ceil(batch / rows). Dispatch ceil(row_blocks · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use recurrent/lib/rnn-rows-forward.wgsl
// @variant four_rows ROWS=4
// @variant four_rows_relu ROWS=4 ACTIVATION=1
// @variant four_rows_leaky_relu ROWS=4 ACTIVATION=2
// @variant four_rows_sigmoid ROWS=4 ACTIVATION=3
// @variant four_rows_identity ROWS=4 ACTIVATION=4
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
  has_lengths: u32,
  negative_slope: f32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 8;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let unit_block = block % params.unit_blocks;
  let row = block / params.unit_blocks * ROWS;
  if (row < params.batch_size) {
    own_rows(step_at(params.time), row, unit_block);
  }
}
