// A step of a recurrent cell, or of its gradient, in registers. The cell's files say what is computed.
// Made for software adapters: no workgroup memory, no barriers.
//
// One thread owns 4 hidden units of 8 batch rows, 8 units where a unit has one sum; in the variants `four_rows` and `row` 4
// units of 4 rows or of one, for small batches. With `blocks` of so many units: dispatch
// ceil(ceil(batch / rows) · blocks / 8) workgroups, folded into (x, y) past 65,535. One step: `steps` is 1.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @software
// @name {cell}_rows_{direction}
// @each cell lstm gru rnn
// @each direction forward backward
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/rows.wgsl
// @use lib/by-thread.wgsl

const WORKGROUP_SIZE: u32 = 8;

fn own(index: u32) {
  let blocks = block_count();
  let row = index / blocks * ROWS;
  if (row < params.batch_size) {
    own_rows(step_at(time_of(0u)), row, index % blocks);
  }
}
