// The gradient of all steps of a recurrent cell inside a workgroup, for GPUs and at most 64 hidden units. The cell's file says what
// is computed. The weights stay in registers, the gates' gradients in workgroup memory.
//
// One workgroup owns 4 batch rows (in the variant `row` one) for `steps` steps from `time` on. One thread owns one gate of one unit
// and multiplies its weights with that gate's gradients; then one thread owns one unit of one row, adds its gates and finishes
// it. Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: three per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
// The idea of persistent recurrent kernels: Diamos et al., "Persistent RNNs", 2016.
//
// @name {cell}_sequence_tiles_{direction}
// @each cell lstm gru rnn
// @each direction backward
// @use recurrent/cells/{cell}/backward.wgsl
// @use recurrent/lib/sequence-tiles.wgsl
// @use recurrent/lib/backward-numbers.wgsl
// @use lib/by-workgroup.wgsl

fn own(group: u32, local: u32) {
  let first_row = group * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let hidden = params.hidden_size;
  let own = own_of(local);
  let weights = own_weights(weights_at(0u, own.unit) + own.gate * hidden * hidden);
  // what this thread finishes
  let row = first_row + local / hidden;
  let unit = local % hidden;
  let at = local / hidden * GATES * WIDEST + unit;
  let finisher = local < ROWS * hidden && row < params.batch_size;
  let first = step_at(params.time);
  if (finisher && first.recurrent) {
    for (var gate = 0u; gate < GATES; gate++) {
      numbers_tile[at + gate * WIDEST] = load_row(row_at(first, row) + gate * hidden + unit);
    }
  }
  workgroupBarrier();
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(time_of(i));
    gather(GATES, local);
    workgroupBarrier();
    for (var own_row = own.row; own_row < ROWS; own_row += own.stride) {
      let at = own_row * GATES + own.gate;
      numbers_tile[at * WIDEST + own.unit] = product(weights, at * FOURS);
    }
    workgroupBarrier();
    if (finisher) {
      var sums = Sums();
      // the last step of all has no gradient behind it, not even that of a weight that is no number
      if (step.recurrent) {
        for (var gate = 0u; gate < GATES; gate++) {
          sums[0] += numbers_tile[at + gate * WIDEST];
        }
      }
      let d = finish(step, row, unit, sums);
      for (var gate = 0u; gate < GATES; gate++) {
        numbers_tile[at + gate * WIDEST] = d[gate];
      }
    }
    workgroupBarrier();
  }
}
