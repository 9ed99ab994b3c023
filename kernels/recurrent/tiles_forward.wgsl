// A step of a recurrent cell by tiles in workgroup memory, for GPUs. The cell's file says what is computed.
//
// One workgroup owns 8 units of 8 batch rows, one thread one sum of one unit and row. Where a unit has one sum, a workgroup owns
// 16 units of 4 rows and the sum is cut in four parts, one thread owns one of them.
// Dispatch ceil(batch / rows) · ceil(hidden / units) workgroups, folded into (x, y) past 65,535. Each round brings 32 k of the rows
// and of the weights into workgroup memory, 64 where sums are cut. In the end the sums of a unit meet there, and 64 threads
// finish one unit each. One step: `steps` is 1.
// Barriers: two per round and one at the end, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
// Many small workgroups, because a step has only batch · hidden units; slow on software adapters.
//
// @name {cell}_tiles_{direction}
// @each cell lstm gru rnn
// @each direction forward
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/{direction}-numbers.wgsl
// @use lib/by-workgroup.wgsl
// @use recurrent/lib/row-number.wgsl

alias Real = f32;
const WIDTH: u32 = 1;
const ROWS: u32 = select(8, 4, SUMS == 1);
const UNITS: u32 = select(8, 16, SUMS == 1);
// Of a sum, and what each multiplies in a round.
const PARTS: u32 = select(1, 4, SUMS == 1);
const PART: u32 = select(32, 16, SUMS == 1);
const ROUND: u32 = PARTS * PART;
// Rows of tiles are one number longer, so that threads of neighbouring units read from different banks.
const STRIDE: u32 = ROUND + 1;
const SUM_UNITS: u32 = SUMS * UNITS;
const WORKGROUP_SIZE: u32 = PARTS * ROWS * SUM_UNITS;

var<workgroup> row_tile: array<f32, ROWS * STRIDE>;
var<workgroup> weight_tile: array<f32, SUM_UNITS * STRIDE>;
// Part, row, sum, unit: as the threads own them.
var<workgroup> sum_tile: array<f32, WORKGROUP_SIZE>;

fn weight_number(sum: u32, unit: u32, k: u32, length: u32) -> f32 {
  if (unit >= params.hidden_size || k >= length) {
    return 0.0;
  }
  return load_weights(weights_at(sum, unit), k);
}

fn own(tile: u32, local: u32) {
  let unit_tiles = (params.hidden_size + UNITS - 1u) / UNITS;
  let first_unit = tile % unit_tiles * UNITS;
  let first_row = tile / unit_tiles * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let step = step_at(time_of(0u));
  let own_sum_unit = local % SUM_UNITS;
  let own_row = local / SUM_UNITS % ROWS;
  let own_part = local / (SUM_UNITS * ROWS);
  let length = row_length(step);
  var sum = 0.0;
  for (var k = 0u; k < length; k += ROUND) {
    for (var i = local; i < ROWS * ROUND; i += WORKGROUP_SIZE) {
      row_tile[i / ROUND * STRIDE + i % ROUND] = row_number(step, first_row + i / ROUND, k + i % ROUND);
    }
    for (var i = local; i < SUM_UNITS * ROUND; i += WORKGROUP_SIZE) {
      let sum_unit = i / ROUND;
      weight_tile[sum_unit * STRIDE + i % ROUND] = weight_number(sum_unit / UNITS, first_unit + sum_unit % UNITS, k + i % ROUND, length);
    }
    workgroupBarrier();
    for (var i = own_part * PART; i < (own_part + 1u) * PART; i++) {
      sum += row_tile[own_row * STRIDE + i] * weight_tile[own_sum_unit * STRIDE + i];
    }
    workgroupBarrier();
  }
  sum_tile[local] = sum;
  workgroupBarrier();
  if (local < ROWS * UNITS) {
    let row = local / UNITS;
    let unit = local % UNITS;
    var sums = Sums();
    for (var own = 0u; own < SUMS; own++) {
      for (var part = 0u; part < PARTS; part++) {
        sums[own] += sum_tile[((part * ROWS + row) * SUMS + own) * UNITS + unit];
      }
    }
    finish(step, first_row + row, first_unit + unit, sums);
  }
}
