// Gradient of all time steps of a GRU that resets after the matmul, inside a workgroup, for GPUs and at most 64 hidden
// units. The weights stay in registers, the state in workgroup memory.
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
// One workgroup owns 4 batch rows (in the variant `row` one) for `steps` steps from `time` on, against the recurrence.
// One thread owns one gate of one unit and multiplies its weights with the rows; then one thread owns one unit of one
// row and finishes it. Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
// The idea of persistent recurrent kernels: Diamos et al., "Persistent RNNs", 2016.
//
// @use recurrent/lib/gru-backward.wgsl
// @use recurrent/lib/sequence-tiles.wgsl
// @variant row ROWS=1

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  steps: u32,
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
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read> d_hs: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_hidden: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

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
  let weights = weights_at(params.weight_hh_offset + own.gate * hidden * hidden + own.unit, hidden);
  // what this thread finishes
  let row = first_row + local / hidden;
  let unit = local % hidden;
  let at = local / hidden * GATES * WIDEST + unit;
  let finisher = local < ROWS * hidden && row < params.batch_size;
  let first = step_at(params.time);
  if (finisher && first.recurrent) {
    for (var gate = 0u; gate < GATES; gate++) {
      rows_tile[at + gate * WIDEST] = d_hidden[first.d_hidden_read + (row * GATES + gate) * hidden + unit];
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
      let recurrent = sums_tile[at] + sums_tile[at + WIDEST] + sums_tile[at + 2u * WIDEST];
      let d = finish(step, row, unit, select(0.0, recurrent, step.recurrent));
      rows_tile[at] = d.r;
      rows_tile[at + WIDEST] = d.z;
      rows_tile[at + 2u * WIDEST] = d.q;
    }
    workgroupBarrier();
  }
}
