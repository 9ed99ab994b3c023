// A step whose products are of different rows, in registers. The cell's file says what is computed.
// Made for software adapters: no workgroup memory, no barriers.
//
// One thread owns 4 units of 8 batch rows, in the variants `four_rows` and `row` of 4 rows or of one. With `blocks` of so many
// units: dispatch ceil(ceil(batch / rows) · blocks / 8) workgroups, folded into (x, y) past 65,535. One step: `steps` is 1.
// Preconditions: units, rows' lengths and all offsets are multiples of 4. No written binding aliases another.
//
// @software
// @name {cell}_apart_rows_{direction}
// @each cell loop
// @each direction step
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/apart-fours.wgsl
// @use lib/by-thread.wgsl

const WORKGROUP_SIZE: u32 = 8;

fn own(index: u32) {
  let blocks = params.hidden_size / 4u;
  let row = index / blocks * ROWS;
  if (row < params.batch_size) {
    own_rows(step_at(time_of(0u)), row, index % blocks);
  }
}
