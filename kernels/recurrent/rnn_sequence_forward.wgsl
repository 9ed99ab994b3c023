// All time steps of an Elman RNN in registers: the loop over time inside a workgroup.
// Made for software adapters: no workgroup memory; a workgroup is one group of lanes, whose barrier costs little there.
//
//   h' = act(projected + h · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [time, batch, hidden]: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
//
// One workgroup owns 8 batch rows for `steps` steps from `time` on, in the variants `four_rows…` and `row…` 4 or one; a
// thread owns 8 hidden units (4 in the variants) of them at a time. Dispatch ceil(batch / rows) workgroups, folded into
// (x, y) past 65,535.
// Barriers: one for storage per step, in uniform control flow: the next step reads what other threads wrote.
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
  seq_len: u32,
  time: u32,
  steps: u32,
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

const WORKGROUP_SIZE: u32 = 4;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = (group.x + group.y * groups.x) * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  let units = select(4u, 8u, ROWS == 8u);
  let unit_blocks = (params.hidden_size + units - 1u) / units;
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(params.time + i);
    for (var block = local; block < unit_blocks; block += WORKGROUP_SIZE) {
      own_rows(step, row, block);
    }
    storageBarrier();
  }
}
