// A step of a recurrent cell that has no products but sums over its rows, as layer norm has them. The cell's file says what is
// computed.
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl); a thread writes the elements that it
// reads again. One step: `steps` is 1. Preconditions: none on sizes. No written binding aliases another.
//
// @name {cell}_whole_rows_{rows}_{direction}
// @each cell loop
// @each rows parallel serial
// @each direction rows
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use lib/rows-{rows}.wgsl
// @variant few WORKGROUP_SIZE=4
// @variant wide WORKGROUP_SIZE=256

alias Real = f32;
const WIDTH: u32 = 1;

fn own_row(row: u32, first: u32) {
  if (row >= params.batch_size) {
    return;
  }
  finish_row(step_at(time_of(0u)), row, first);
}
