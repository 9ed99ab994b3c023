// A step of a recurrent cell, or of its gradient, in registers, shared by quads. The cell's files say what is computed.
// Made for software adapters: no workgroup memory, no barriers.
//
// The four threads of a workgroup are a quad of a subgroup and own together 16 hidden units of 16 batch rows, where a unit has
// one sum 32 units of 32 rows; in the variants `half` and `low` of 16 or 8 rows. Each thread has a quarter of the units and
// all of the rows: no two threads of a quad read the same of the rows, they exchange it.
// Dispatch ceil(batch / rows) · ceil(hidden / units) workgroups, folded into (x, y) past 65,535. One step: `steps` is 1.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @software
// @name {cell}_quads_{direction}
// @each cell lstm gru rnn
// @each direction forward backward
// @requires subgroups
// @variant half ROWS=16
// @variant low ROWS=8
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/{direction}-fours.wgsl
// @use recurrent/lib/blocks/{quads}.wgsl
// @use lib/quads.wgsl
// @use lib/by-workgroup.wgsl

enable subgroups;

const WORKGROUP_SIZE: u32 = 4;

const UNITS: u32 = 16 * SIDES;
// Batch rows per workgroup: 32, 16 or 8.
override ROWS: u32 = 4 * ROW_BLOCKS;

fn own(block: u32, lane: u32) {
  let unit_blocks = (params.hidden_size + UNITS - 1u) / UNITS;
  let row = block / unit_blocks * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  let unit4 = block % unit_blocks * (UNITS / 4u) + lane;
  let step = step_at(time_of(0u));
  let weights_at = blocks_at(unit4, 4u);
  // rows past the batch repeat the last one
  let last = row_at(step, params.batch_size - 1u);
  let at0 = min(row_at(step, row + lane), last);
  let at1 = min(row_at(step, row + lane + 4u), last);
  let at2 = min(row_at(step, row + lane + 8u), last);
  let at3 = min(row_at(step, row + lane + 12u), last);
  let at4 = min(row_at(step, row + lane + 16u), last);
  let at5 = min(row_at(step, row + lane + 20u), last);
  let at6 = min(row_at(step, row + lane + 24u), last);
  let at7 = min(row_at(step, row + lane + 28u), last);
  var sums0 = Blocks();
  var sums1 = Blocks();
  var sums2 = Blocks();
  var sums3 = Blocks();
  var sums4 = Blocks();
  var sums5 = Blocks();
  var sums6 = Blocks();
  var sums7 = Blocks();
  let count = row_length(step) / 4u;
  for (var k = 0u; k < count; k++) {
    let weights = load_blocks(weights_at, k);
    sums0 = add_products(sums0, weights, share(load_row(at0 + k)));
    sums1 = add_products(sums1, weights, share(load_row(at1 + k)));
    if (ROWS >= 16u) {
      sums2 = add_products(sums2, weights, share(load_row(at2 + k)));
      sums3 = add_products(sums3, weights, share(load_row(at3 + k)));
    }
    if (ROWS >= 32u) {
      sums4 = add_products(sums4, weights, share(load_row(at4 + k)));
      sums5 = add_products(sums5, weights, share(load_row(at5 + k)));
      sums6 = add_products(sums6, weights, share(load_row(at6 + k)));
      sums7 = add_products(sums7, weights, share(load_row(at7 + k)));
    }
  }
  var sums = sort(sums0, sums1, sums2, sums3, sums4, sums5, sums6, sums7);
  // once for all: the ends take more of the compile time than the sums
  for (var side = 0u; side < SIDES; side++) {
    for (var i = 0u; i < ROWS; i++) {
      finish(step, row + (i ^ lane), unit4 + 4u * side, sums_of(&sums, i, side));
    }
  }
}
