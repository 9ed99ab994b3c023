// All time steps of a GRU that resets after the matmul (gates r z n) inside a workgroup, for GPUs and at most 64 hidden
// units. The weights stay in registers, the state in workgroup memory.
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
// One workgroup owns 4 batch rows (in the variant `row` one) for `steps` steps from `time` on. One thread owns one gate
// of one unit and multiplies its weights with the rows; then one thread owns one unit of one row and finishes it.
// Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
// The idea of persistent recurrent kernels: Diamos et al., "Persistent RNNs", 2016.
//
// @use recurrent/lib/gru-forward.wgsl
// @use recurrent/lib/sequence-tiles.wgsl
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  steps: u32,
  has_bias: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const GATES: u32 = 3;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first_row = (group.x + group.y * groups.x) * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let hidden = params.hidden_size;
  let own = own_of(local);
  let weights = weights_at(params.weight_hh_offset + (own.gate * hidden + own.unit) * hidden, 1u);
  // what this thread finishes
  let row = first_row + local / hidden;
  let unit = local % hidden;
  let at = local / hidden * WIDEST + unit;
  let sums_at = local / hidden * GATES * WIDEST + unit;
  let finisher = local < ROWS * hidden && row < params.batch_size;
  if (finisher) {
    rows_tile[at] = h_history[step_at(params.time).h_read + row * hidden + unit];
  }
  workgroupBarrier();
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(params.time + i);
    for (var own_row = own.row; own_row < ROWS; own_row += own.stride) {
      sums_tile[(own_row * GATES + own.gate) * WIDEST + own.unit] = product(weights, own_row * WIDEST);
    }
    workgroupBarrier();
    if (finisher) {
      rows_tile[at] = finish(
        step, row, unit,
        sums_tile[sums_at],
        sums_tile[sums_at + WIDEST],
        sums_tile[sums_at + 2u * WIDEST]
      );
    }
    workgroupBarrier();
  }
}
