// All steps of a cell whose products are of different rows, in registers: the loop over time inside a workgroup. The cell's file
// says what is computed.
// Made for software adapters: no workgroup memory; a workgroup is one group of lanes, whose barrier costs little there.
//
// One workgroup owns 8 batch rows for `steps` steps from `time` on, in the variants `four_rows` and `row` 4 or one; a thread
// owns four units of them at a time. Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: one for storage per step, in uniform control flow: the next step reads what other threads wrote.
// Preconditions: units, rows' lengths and all offsets are multiples of 4. No written binding aliases another.
//
// @software
// @name {cell}_apart_sequence_{direction}
// @each cell loop
// @each direction step
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/apart-fours.wgsl
// @use lib/by-workgroup.wgsl

const WORKGROUP_SIZE: u32 = 4;

fn own(group: u32, local: u32) {
  let row = group * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(time_of(i));
    for (var unit4 = local; unit4 < params.hidden_size / 4u; unit4 += WORKGROUP_SIZE) {
      own_rows(step, row, unit4);
    }
    storageBarrier();
  }
}
