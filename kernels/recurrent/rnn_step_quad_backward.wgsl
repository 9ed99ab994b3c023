// Gradient of one time step of an Elman RNN in registers, shared by quads.
// Made for software adapters: no workgroup memory, no barriers.
//
//   dh    = d_hs + d_h_last + d_pre(following) · weight_hh     (what arrives; the last term not in the last step)
//   d_pre = dh ∘ act'(pre), by act's result h            0 past a sequence's end
//
// weight_hh  [hidden, hidden]
// h          [time + 1, batch, hidden]: slot t + 1 is the result of step t
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h, added at each row's last step (has_d_h_last)
// lengths    [batch]: rows end there (has_lengths), else at seq_len
// d_pre      [time, batch, hidden]: gradients before the activation; of the following step read, of this one written
//
// The four threads of a workgroup are a quad of a subgroup and own together 32 hidden units of 32 batch rows, in the variants
// `half…` and `low…` of 16 or 8 rows (recurrent/lib/quad-steps.wgsl).
// unit_blocks = ceil(hidden / 32); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded
// into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @use recurrent/lib/rnn-backward.wgsl
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

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> h: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_h_last: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_pre: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

fn row_at(step: Step, row: u32) -> u32 {
  return step.d_pre_read + row * (params.hidden_size / 4u);
}

fn load_row(at: u32) -> vec4<f32> {
  return d_pre[at];
}

// The last step of the forward pass has none after it.
fn products(step: Step) -> u32 {
  return select(0u, params.hidden_size / 4u, step.recurrent);
}

fn weights_at(unit4: u32) -> u32 {
  return params.weight_hh_offset / 4u + unit4;
}

fn load_block(at: u32, k: u32) -> mat4x4<f32> {
  return load_weights(at + k * params.hidden_size, params.hidden_size / 4u);
}
