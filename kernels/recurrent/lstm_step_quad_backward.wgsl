// Gradient of one time step of an LSTM in registers, shared by quads. Made for software adapters: no workgroup memory, no
// barriers.
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
// The four threads of a workgroup are a quad of a subgroup and own together 32 hidden units of 32 batch rows, in the variants
// `half…` and `low…` of 16 or 8 rows (recurrent/lib/quad-steps.wgsl).
// unit_blocks = ceil(hidden / 32); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded
// into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @use recurrent/lib/lstm-backward.wgsl
// @use recurrent/lib/quad-steps.wgsl

enable subgroups;

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

fn row_at(step: Step, row: u32) -> u32 {
  return step.d_gates_read + row * (params.hidden_size);
}

fn load_row(at: u32) -> vec4<f32> {
  return d_gates[at];
}

// The last step of the forward pass has none after it.
fn products(step: Step) -> u32 {
  return select(0u, params.hidden_size, step.recurrent);
}

fn weights_at(unit4: u32) -> u32 {
  return params.weight_hh_offset / 4u + unit4;
}

fn load_block(at: u32, k: u32) -> mat4x4<f32> {
  return load_weights(at + k * params.hidden_size, params.hidden_size / 4u);
}
