// Gradient of all time steps of an LSTM inside a workgroup, for GPUs and at most 64 hidden units.
// The weights stay in registers, the state in workgroup memory.
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
// One workgroup owns 4 batch rows (in the variant `row` one) for `steps` steps from `time` on, against the recurrence.
// One thread owns one gate of one unit and multiplies its weights with the rows; then one thread owns one unit of one
// row and finishes it. Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
// The idea of persistent recurrent kernels: Diamos et al., "Persistent RNNs", 2016.
//
// @use recurrent/lib/lstm-backward.wgsl
// @use recurrent/lib/sequence-tiles.wgsl
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  reverse: u32,
  time: u32,
  steps: u32,
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
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> c_history: array<f32>;
@group(0) @binding(3) var<storage, read> d_hs: array<f32>;
@group(0) @binding(4) var<storage, read> d_h_last: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_c: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const GATES: u32 = 4;

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
  let weights = weights_at(params.weight_hh_offset + own.gate * hidden * hidden + own.unit, hidden);
  // what this thread finishes
  let row = first_row + local / hidden;
  let unit = local % hidden;
  let at = local / hidden * GATES * WIDEST + unit;
  let finisher = local < ROWS * hidden && row < params.batch_size;
  let first = step_at(params.time);
  if (finisher && first.recurrent) {
    for (var gate = 0u; gate < GATES; gate++) {
      rows_tile[at + gate * WIDEST] = d_gates[first.d_gates_read + (row * GATES + gate) * hidden + unit];
    }
  }
  workgroupBarrier();
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(select(params.time - i, params.time + i, params.reverse != 0u));
    for (var own_row = own.row; own_row < ROWS; own_row += own.stride) {
      sums_tile[(own_row * GATES + own.gate) * WIDEST + own.unit] = product(weights, (own_row * GATES + own.gate) * WIDEST);
    }
    workgroupBarrier();
    if (finisher) {
      let recurrent = sums_tile[at] + sums_tile[at + WIDEST] + sums_tile[at + 2u * WIDEST] + sums_tile[at + 3u * WIDEST];
      // the last step of all has no gradient behind it, not even that of a weight that is no number
      let d = finish(step, row, unit, select(0.0, recurrent, step.recurrent));
      rows_tile[at] = d.i;
      rows_tile[at + WIDEST] = d.f;
      rows_tile[at + 2u * WIDEST] = d.g;
      rows_tile[at + 3u * WIDEST] = d.o;
    }
    workgroupBarrier();
  }
}
