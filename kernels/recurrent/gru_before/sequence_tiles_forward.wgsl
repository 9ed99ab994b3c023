// All steps of a GRU that resets before its product inside a workgroup, for GPUs and at most 64 hidden units. The cell's file says
// what is computed. The weights stay in registers, the state in workgroup memory.
//
// One workgroup owns 4 batch rows (in the variant `row` one) for `steps` steps from `time` on. One thread owns one gate of one unit
// and multiplies its weights with the rows, first those of r and z, then those of the candidate; after each, one thread owns one
// unit of one row and finishes it. What it has written there it reads back: the cell hands nothing on.
// Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: six per step, in uniform control flow.
// Preconditions: hidden <= 64. No written binding aliases another. Slow on software adapters (barriers).
//
// @name gru_before_sequence_tiles_forward
// @use recurrent/cells/gru_before/forward.wgsl
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
    for (var half = 0u; half < 2u; half++) {
      gather(1u, local);
      workgroupBarrier();
      if ((own.gate == 2u) == (half == 1u)) {
        for (var own_row = own.row; own_row < ROWS; own_row += own.stride) {
          numbers_tile[(own_row * GATES + own.gate) * WIDEST + own.unit] = product(weights, own_row * FOURS);
        }
      }
      workgroupBarrier();
      if (finisher) {
        if (half == 0u) {
          finish_gates(step, row, unit, numbers_tile[at], numbers_tile[at + WIDEST]);
          numbers_tile[at] = gates[params.gates_offset + step.saved + (row * SAVED + 3u) * hidden + unit];
        } else {
          finish_candidate(step, row, unit, numbers_tile[at + 2u * WIDEST]);
          numbers_tile[at] = load_row(step.h_write + row * hidden + unit);
        }
      }
      workgroupBarrier();
    }
  }
}
