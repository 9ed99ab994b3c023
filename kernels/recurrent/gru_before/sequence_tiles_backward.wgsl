// The gradient of all steps of a GRU that resets before its product inside a workgroup, for GPUs and at most 64 hidden units. The
// cell's file says what is computed. The weights stay in registers, the gates' gradients in workgroup memory.
//
// One workgroup owns 4 batch rows (in the variant `row` one) for `steps` steps from `time` on. One thread owns one gate of one unit
// and multiplies its weights with that gate's gradients, first those of r and z, then those of the candidate; after each, one
// thread owns one unit of one row and finishes it. What it has written there it reads back: the cell hands nothing on.
// Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: six per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
//
// @name gru_before_sequence_tiles_backward
// @use recurrent/cells/gru_before/backward.wgsl
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
    let written_at = step.d_gates_write + row * GATES * hidden + unit;
    for (var half = 0u; half < 2u; half++) {
      gather(GATES, local);
      workgroupBarrier();
      if ((own.gate == 2u) == (half == 1u)) {
        for (var own_row = own.row; own_row < ROWS; own_row += own.stride) {
          let tile = own_row * GATES + own.gate;
          numbers_tile[tile * WIDEST + own.unit] = product(weights, tile * FOURS);
        }
      }
      workgroupBarrier();
      if (finisher) {
        if (half == 0u) {
          // the last step of all has no gradient behind it, not even that of a weight that is no number
          finish_candidate(step, row, unit, select(0.0, numbers_tile[at] + numbers_tile[at + WIDEST], step.recurrent));
          numbers_tile[at + 2u * WIDEST] = load_row(written_at + 2u * hidden);
        } else {
          finish_reset(step, row, unit, numbers_tile[at + 2u * WIDEST]);
          numbers_tile[at] = load_row(written_at);
          numbers_tile[at + WIDEST] = load_row(written_at + hidden);
        }
      }
      workgroupBarrier();
    }
  }
}
