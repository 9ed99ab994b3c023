// The gradient of a recurrent cell's step by tiles in workgroup memory, for GPUs. The cell's file says what is computed.
//
// One workgroup owns 16 units of 4 batch rows; each sum is cut in four parts, one thread owns one of them.
// Dispatch ceil(batch / 4) · ceil(hidden / 16) workgroups, folded into (x, y) past 65,535. Each round brings 128 k of the rows and
// of the weights into workgroup memory, 64 where a row has only `hidden`. In the end the parts of a sum meet there, and 64
// threads finish one unit each. One step: `steps` is 1.
// Barriers: two per round and one at the end, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
// Many small workgroups, because a step has only batch · hidden sums; slow on software adapters.
//
// @name {cell}_tiles_{direction}
// @each cell lstm gru rnn
// @each direction backward
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/{direction}-numbers.wgsl
// @use lib/by-workgroup.wgsl
// @use recurrent/lib/row-number.wgsl

alias Real = f32;
const WIDTH: u32 = 1;
const ROWS: u32 = 4;
const UNITS: u32 = 16;
// Of a sum, and what each multiplies in a round.
const PARTS: u32 = 4;
const PART: u32 = select(32, 16, GATES == 1);
const ROUND: u32 = PARTS * PART;
const WORKGROUP_SIZE: u32 = PARTS * ROWS * UNITS;

var<workgroup> row_tile: array<f32, ROWS * ROUND>;
var<workgroup> weight_tile: array<f32, ROUND * UNITS>;
// Part, row, unit: as the threads own them.
var<workgroup> sum_tile: array<f32, WORKGROUP_SIZE>;

fn weight_number(unit: u32, k: u32, length: u32) -> f32 {
  if (unit >= params.hidden_size || k >= length) {
    return 0.0;
  }
  return load_weights(weights_at(0u, unit), k);
}

fn own(tile: u32, local: u32) {
  let unit_tiles = (params.hidden_size + UNITS - 1u) / UNITS;
  let first_unit = tile % unit_tiles * UNITS;
  let first_row = tile / unit_tiles * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let step = step_at(time_of(0u));
  let own_unit = local % UNITS;
  let own_row = local / UNITS % ROWS;
  let own_part = local / (UNITS * ROWS);
  let length = row_length(step);
  var sum = 0.0;
  for (var k = 0u; k < length; k += ROUND) {
    // Threads load along the contiguous axis: k for the rows, units for the weights.
    for (var i = local; i < ROWS * ROUND; i += WORKGROUP_SIZE) {
      row_tile[i] = row_number(step, first_row + i / ROUND, k + i % ROUND);
    }
    for (var i = local; i < ROUND * UNITS; i += WORKGROUP_SIZE) {
      weight_tile[i] = weight_number(first_unit + i % UNITS, k + i / UNITS, length);
    }
    workgroupBarrier();
    for (var i = own_part * PART; i < (own_part + 1u) * PART; i++) {
      sum += row_tile[own_row * ROUND + i] * weight_tile[i * UNITS + own_unit];
    }
    workgroupBarrier();
  }
  sum_tile[local] = sum;
  workgroupBarrier();
  if (local < ROWS * UNITS) {
    var sums = Sums();
    for (var part = 0u; part < PARTS; part++) {
      sums[0] += sum_tile[part * ROWS * UNITS + local];
    }
    finish(step, first_row + own_row, first_unit + own_unit, sums);
  }
}
