// Gradient of all time steps of an Elman RNN inside a workgroup, for GPUs and at most 64 hidden units.
// The weights stay in registers, the state in workgroup memory.
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
// One workgroup owns 4 batch rows (in the variants `row…` one) for `steps` steps from `time` on, against the
// recurrence. One thread owns one unit and multiplies its weights with the rows; then one thread owns one unit of one
// row and finishes it. Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
// The idea of persistent recurrent kernels: Diamos et al., "Persistent RNNs", 2016.
//
// @use recurrent/lib/rnn-backward.wgsl
// @use recurrent/lib/sequence-tiles.wgsl
// @variant row ROWS=1
// @variant row_relu ROWS=1 ACTIVATION=1
// @variant row_leaky_relu ROWS=1 ACTIVATION=2
// @variant row_sigmoid ROWS=1 ACTIVATION=3
// @variant row_identity ROWS=1 ACTIVATION=4

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  steps: u32,
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
@group(0) @binding(1) var<storage, read> h: array<f32>;
@group(0) @binding(2) var<storage, read> d_hs: array<f32>;
@group(0) @binding(3) var<storage, read> d_h_last: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_pre: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const GATES: u32 = 1;

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
      rows_tile[at + gate * WIDEST] = d_pre[first.d_pre_read + (row * GATES + gate) * hidden + unit];
    }
  }
  workgroupBarrier();
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(params.time - i);
    for (var own_row = own.row; own_row < ROWS; own_row += own.stride) {
      sums_tile[(own_row * GATES + own.gate) * WIDEST + own.unit] = product(weights, (own_row * GATES + own.gate) * WIDEST);
    }
    workgroupBarrier();
    if (finisher) {
      // the last step of all has no gradient behind it, not even that of a weight that is no number
      rows_tile[at] = finish(step, row, unit, select(0.0, sums_tile[at], step.recurrent));
    }
    workgroupBarrier();
  }
}
