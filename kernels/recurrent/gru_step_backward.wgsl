// Gradient of one time step of a GRU that resets after the matmul, in registers.
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
// One thread owns 8 hidden units of 8 batch rows, in the variants `four_rows` and `row` 4 of 4 or one, for small batches.
// unit_blocks = ceil(hidden / units); row_blocks = ceil(batch / rows). Dispatch ceil(row_blocks · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use recurrent/lib/gru-rows-backward.wgsl
// @variant four_rows ROWS=4
// @variant row ROWS=1

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
