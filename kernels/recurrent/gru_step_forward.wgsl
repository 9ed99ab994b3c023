// One time step of a GRU that resets after the matmul (gates r z n) in registers.
// Made for software adapters: no workgroup memory, no barriers.
//
//   r = σ(p_r + h · w_rᵀ + b_r)      z = σ(p_z + h · w_zᵀ + b_z)      q = h · w_nᵀ + b_n
//   n = tanh(p_n + r ∘ q)           h' = (1 − z) ∘ n + z ∘ h
//
// projected  [time, batch, 3 · hidden]: p_r p_z p_n = x · weight_ihᵀ + b_ih
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// bias_hh    [3 · hidden]: b_r b_z b_n (has_bias)
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
// gates      [time, batch, 4 · hidden]: receives r z n q; zeros past a sequence's end
//
// One thread owns 4 hidden units of 8 batch rows, in the variants `four_rows` and `row` of 4 or one, for small batches.
// unit_blocks = hidden / 4; row_blocks = ceil(batch / rows). Dispatch ceil(row_blocks · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use recurrent/lib/gru-rows-forward.wgsl
// @variant four_rows ROWS=4
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  seq_len: u32,
  time: u32,
  has_bias: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<vec4<f32>>;
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
