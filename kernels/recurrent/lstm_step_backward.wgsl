// Gradient of one time step of an LSTM in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   dh   = d_hs + d_h_last + d_gates(following) · weight_hh      (what arrives; the last term not in the last step)
//   dc   = d_c + dh ∘ o ∘ (1 − tanh²(c))
//   dz_i = dc ∘ g ∘ i(1 − i)      dz_f = dc ∘ c_before ∘ f(1 − f)
//   dz_g = dc ∘ i ∘ (1 − g²)      dz_o = dh ∘ tanh(c) ∘ o(1 − o)
//   d_c  = dc ∘ f
//
// weight_hh  [4 · hidden, hidden]
// gates      [time, batch, 4 · hidden]: i f g o after activation
// c_history  [time + 1, batch, hidden]: step t went from slot t to slot t + 1, with reverse = 1 the other way round
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h (has_d_h_last)
// d_c        [batch, hidden]: dL/dc of this step on entry, of the step before it in the recurrence on exit
// d_gates    [time, batch, 4 · hidden]: pre-activation gradients; the following step's are read, this one's written
//
// One thread owns 8 hidden units of 8 batch rows, in the variants `four_rows` and `row` 4 of 4 or one, for small batches.
// unit_blocks = ceil(hidden / units); row_blocks = ceil(batch / rows). Dispatch ceil(row_blocks · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use recurrent/lib/lstm-rows-backward.wgsl
// @variant four_rows ROWS=4
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  seq_len: u32,
  reverse: u32,
  time: u32,
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

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
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
