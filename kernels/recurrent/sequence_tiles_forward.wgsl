// All steps of a recurrent cell inside a workgroup, for GPUs and at most 64 hidden units. The cell's file says what is computed.
// The weights stay in registers, the state in workgroup memory.
//
// One workgroup owns 4 batch rows (in the variant `row` one) for `steps` steps from `time` on. One thread owns one sum of one unit
// and multiplies its weights with the rows; then one thread owns one unit of one row and finishes it.
// Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: three per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
// The idea of persistent recurrent kernels: Diamos et al., "Persistent RNNs", 2016.
//
// @name {cell}_sequence_tiles_{direction}
// @each cell lstm gru rnn
// @each direction forward
// @use recurrent/cells/{cell}/forward.wgsl
// @use recurrent/lib/sequence-tiles.wgsl
// @use recurrent/lib/forward-numbers.wgsl
// @use lib/by-workgroup.wgsl

fn own(group: u32, local: u32) {
  let first_row = group * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let hidden = params.hidden_size;
  let own = own_of(local);
  let weights = own_weights(weights_at(own.gate, own.unit));
  // what this thread finishes
  let row = first_row + local / hidden;
  let unit = local % hidden;
  let at = local / hidden * GATES * WIDEST + unit;
  let finisher = local < ROWS * hidden && row < params.batch_size;
  if (finisher) {
    numbers_tile[at] = load_row(row_at(step_at(params.time), row) + unit);
  }
  workgroupBarrier();
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(time_of(i));
    gather(1u, local);
    workgroupBarrier();
    for (var own_row = own.row; own_row < ROWS; own_row += own.stride) {
      numbers_tile[(own_row * GATES + own.gate) * WIDEST + own.unit] = product(weights, own_row * FOURS);
    }
    workgroupBarrier();
    if (finisher) {
      var sums = Sums();
      for (var gate = 0u; gate < GATES; gate++) {
        sums[gate] = numbers_tile[at + gate * WIDEST];
      }
      numbers_tile[at] = finish(step, row, unit, sums);
    }
    workgroupBarrier();
  }
}
