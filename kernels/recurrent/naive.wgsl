// A step of a recurrent cell, or of its gradient: the readable baseline, for any size. The cell's files say what is computed.
//
// One thread owns one hidden unit of one batch row. Dispatch ceil(batch · hidden / 64) workgroups, folded into (x, y)
// past 65,535. One step: `steps` is 1. Preconditions: none on sizes. No written binding aliases another. No barriers.
//
// @name {cell}_naive_{direction}
// @each cell lstm gru rnn
// @each direction forward backward
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/{direction}-numbers.wgsl
// @use recurrent/lib/sums/{sums}.wgsl
// @use lib/by-thread.wgsl

alias Real = f32;
const WIDTH: u32 = 1;
const WORKGROUP_SIZE: u32 = 64;

fn own(index: u32) {
  if (index >= params.batch_size * params.hidden_size) {
    return;
  }
  let row = index / params.hidden_size;
  let unit = index % params.hidden_size;
  let step = step_at(time_of(0u));
  let at = row_at(step, row);
  let weights = sums_at(unit);
  let count = row_length(step);
  var sums = Sums();
  for (var k = 0u; k < count; k++) {
    sums = add_product(sums, weights, k, load_row(at + k));
  }
  finish(step, row, unit, sums);
}
