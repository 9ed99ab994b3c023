// A step whose products are of different rows: the readable baseline, for any size. The cell's file says what is computed.
//
// One thread owns one unit of one batch row, and all its sums one after the other. Dispatch ceil(batch · units / 64) workgroups,
// folded into (x, y) past 65,535. One step: `steps` is 1. Preconditions: none on sizes. No written binding aliases another.
// No barriers.
//
// @name {cell}_apart_naive_{direction}
// @each cell loop
// @each direction step
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/apart-numbers.wgsl
// @use lib/by-thread.wgsl

const WORKGROUP_SIZE: u32 = 64;

fn own(index: u32) {
  if (index >= params.batch_size * params.hidden_size) {
    return;
  }
  let row = index / params.hidden_size;
  let unit = index % params.hidden_size;
  let step = step_at(time_of(0u));
  var sums = Sums();
  for (var product = 0u; product < SUMS; product++) {
    let at = rows_at(step, product) + row * row_size(product);
    let weights = weights_at(product, unit);
    let count = row_length(step, product);
    var sum = 0.0;
    for (var k = 0u; k < count; k++) {
      sum += load_weight(weights + k) * load_row(at + k);
    }
    sums[product] = sum;
  }
  finish(step, row, unit, sums);
}
