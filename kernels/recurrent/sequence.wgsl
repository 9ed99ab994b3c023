// All steps of a recurrent cell, or of its gradient, in registers: the loop over time inside a workgroup. The cell's files say
// what is computed.
// Made for software adapters: no workgroup memory; a workgroup is one group of lanes, whose barrier costs little there.
//
// One workgroup owns 8 batch rows for `steps` steps from `time` on, in the variants `four_rows` and `row` 4 or one; a thread
// owns a block of units of them at a time. Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: one for storage per step, in uniform control flow: the next step reads what other threads wrote.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @software
// @name {cell}_sequence_{direction}
// @each cell lstm gru rnn
// @each direction forward backward
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/rows.wgsl
// @use lib/by-workgroup.wgsl

const WORKGROUP_SIZE: u32 = 4;

fn own(group: u32, local: u32) {
  let row = group * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  let blocks = block_count();
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(time_of(i));
    for (var block = local; block < blocks; block += WORKGROUP_SIZE) {
      own_rows(step, row, block);
    }
    storageBarrier();
  }
}
