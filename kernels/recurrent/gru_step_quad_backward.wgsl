// Gradient of one time step of a GRU that resets after the matmul, in registers, shared by quads.
// Made for software adapters: no workgroup memory, no barriers.
//
//   dh   = d_h + d_hs + d_hidden(following) · weight_hh    (d_hs if it arrives; the last term not in the last step)
//   dn   = dh ∘ (1 − z) ∘ (1 − n²)     dz = dh ∘ (h − n) ∘ z(1 − z)     dr = dn ∘ q ∘ r(1 − r)
//   d_projected = dr dz dn             d_hidden = dr dz dn∘r            d_h = dh ∘ z
//
// Past a sequence's end d_projected and d_hidden are 0 and d_h stays, so that the final h's gradient enters at each
// row's end.
//
// weight_hh    [3 · hidden, hidden]: w_r w_z w_n
// gates        [time, batch, 4 · hidden]: r z n q
// h            [time + 1, batch, hidden]: step t read slot t
// d_hs         [time, batch, hidden]: gradient of every step's output (has_d_hs)
// lengths      [batch]: rows end there (has_lengths), else at seq_len
// d_h          [batch, hidden]: gradient of h past the matmul; the final h's before the last step
// d_projected  [time, batch, 3 · hidden]
// d_hidden     [time, batch, 3 · hidden]: the following step's are read, this one's written
//
// The four threads of a workgroup are a quad of a subgroup and own together 32 hidden units of 32 batch rows, in the variants
// `half…` and `low…` of 16 or 8 rows (recurrent/lib/quad-steps.wgsl).
// unit_blocks = ceil(hidden / 32); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded
// into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @use recurrent/lib/gru-backward.wgsl
// @use recurrent/lib/quad-steps.wgsl

enable subgroups;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  seq_len: u32,
  time: u32,
  has_d_hs: u32,
  has_lengths: u32,
  weight_hh_offset: u32,
  gates_offset: u32,
  h_offset: u32,
  d_hs_offset: u32,
  lengths_offset: u32,
  d_h_offset: u32,
  d_projected_offset: u32,
  d_hidden_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> h: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> d_hidden: array<vec4<f32>>;
@group(0) @binding(8) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

fn row_at(step: Step, row: u32) -> u32 {
  return step.d_hidden_read + row * (3u * (params.hidden_size / 4u));
}

fn load_row(at: u32) -> vec4<f32> {
  return d_hidden[at];
}

// The last step of the forward pass has none after it.
fn products(step: Step) -> u32 {
  return select(0u, 3u * (params.hidden_size / 4u), step.recurrent);
}

fn weights_at(unit4: u32) -> u32 {
  return params.weight_hh_offset / 4u + unit4;
}

fn load_block(at: u32, k: u32) -> mat4x4<f32> {
  return load_weights(at + k * params.hidden_size, params.hidden_size / 4u);
}
