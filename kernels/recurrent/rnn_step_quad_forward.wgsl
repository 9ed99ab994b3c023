// One time step of an Elman RNN in registers, shared by quads.
// Made for software adapters: no workgroup memory, no barriers.
//
//   h' = act(projected + h · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [time, batch, hidden]: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
//
// The four threads of a workgroup are a quad of a subgroup and own together 32 hidden units of 32 batch rows, in the variants
// `half…` and `low…` of 16 or 8 rows (recurrent/lib/quad-steps.wgsl).
// unit_blocks = ceil(hidden / 32); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded
// into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @use recurrent/lib/rnn-forward.wgsl
// @use recurrent/lib/quad-steps.wgsl
// @variant half_relu ROWS=16 ACTIVATION=1
// @variant half_leaky_relu ROWS=16 ACTIVATION=2
// @variant half_sigmoid ROWS=16 ACTIVATION=3
// @variant half_identity ROWS=16 ACTIVATION=4
// @variant low_relu ROWS=8 ACTIVATION=1
// @variant low_leaky_relu ROWS=8 ACTIVATION=2
// @variant low_sigmoid ROWS=8 ACTIVATION=3
// @variant low_identity ROWS=8 ACTIVATION=4

enable subgroups;

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

fn row_at(step: Step, row: u32) -> u32 {
  return step.h_read + row * (params.hidden_size / 4u);
}

fn load_row(at: u32) -> vec4<f32> {
  return h_history[at];
}

fn products(step: Step) -> u32 {
  return params.hidden_size / 4u;
}

fn weights_at(unit4: u32) -> u32 {
  return params.weight_hh_offset / 4u + unit4 * params.hidden_size;
}

fn load_block(at: u32, k: u32) -> mat4x4<f32> {
  return transpose(load_weights(at + k, params.hidden_size / 4u));
}
