// One time step of an LSTM in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   z = projected + h · weight_hhᵀ + bias_hh    [batch, 4 · hidden], gate order i f g o
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
//   c' = f ∘ c + i ∘ g                      h' = o ∘ tanh(c')
//
// projected  [time, batch, 4 · hidden]: x · weight_ihᵀ + bias_ih, or both biases
// weight_hh  [4 · hidden, hidden]
// bias_hh    [4 · hidden] (has_bias)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// c_history  likewise
// gates      [time, batch, 4 · hidden]: receives i f g o after their activation
//
// One thread owns 4 hidden units of 8 batch rows, in the variants `four_rows` and `row` of 4 or one, for small batches.
// unit_blocks = hidden / 4; row_blocks = ceil(batch / rows). Dispatch ceil(row_blocks · unit_blocks / 8) workgroups, folded
// into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No binding aliases another.
//
// @use recurrent/lib/lstm-rows-forward.wgsl
// @variant four_rows ROWS=4
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  reverse: u32,
  time: u32,
  has_bias: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  h_history_offset: u32,
  c_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> c_history: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

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
