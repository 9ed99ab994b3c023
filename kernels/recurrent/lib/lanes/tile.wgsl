// The sums of a tile of rows and units, for GPUs. One thread owns one sum of four units of 8 rows, as 4 × 4 blocks whose column r is
// row r, over every PARTS-th element of the rows: a step has only batch · hidden sums, a GPU more threads. In the end the parts of a
// sum meet in workgroup memory, four rows at a time, and a thread each finishes an element of a row.
//
// Neighbouring threads own neighbouring units, then neighbouring elements of the rows: both directions read whole lines of memory.
//
// @use lib/by-workgroup.wgsl

const ROWS: u32 = 8;
// Blocks of four units.
const FOURS: u32 = select(2, 4, TILE_SUMS <= 2);
// A workgroup has 128 threads, or fewer, and 256 where a unit has one sum: a gradient's has the longest rows.
const PARTS: u32 = select(select(select(4, 8, TILE_SUMS <= 8), 16, TILE_SUMS <= 4), 64, TILE_SUMS == 1);
const SUM_FOURS: u32 = TILE_SUMS * FOURS;
const WORKGROUP_SIZE: u32 = PARTS * SUM_FOURS;
// Of a row's units.
const ELEMENTS: u32 = FOURS * 4 / WIDTH;
const QUARTER: u32 = WORKGROUP_SIZE / 4;

// Row, part, sum, four units: all parts of four rows, later a quarter of them of all rows.
var<workgroup> parts: array<vec4<f32>, 4 * WORKGROUP_SIZE>;

// Adds up a quarter of the parts of a sum of one of four rows: thread `local` those that lie a quarter apart from its own place.
fn meet(block: mat4x4<f32>, local: u32) -> vec4<f32> {
  parts[local] = block[0];
  parts[WORKGROUP_SIZE + local] = block[1];
  parts[2u * WORKGROUP_SIZE + local] = block[2];
  parts[3u * WORKGROUP_SIZE + local] = block[3];
  workgroupBarrier();
  let at = local / QUARTER * WORKGROUP_SIZE + local % QUARTER;
  let sum = parts[at] + parts[at + QUARTER] + parts[at + 2u * QUARTER] + parts[at + 3u * QUARTER];
  workgroupBarrier();
  return sum;
}

// Where four rows begin. Rows past the batch repeat the last one.
fn four_rows_at(step: Step, sum: u32, row: u32) -> vec4<u32> {
  let last = row_of_sum(step, sum, params.batch_size - 1u);
  return min(
    vec4<u32>(
      row_of_sum(step, sum, row),
      row_of_sum(step, sum, row + 1u),
      row_of_sum(step, sum, row + 2u),
      row_of_sum(step, sum, row + 3u)
    ),
    vec4<u32>(last)
  );
}

fn own_tile(step: Step, first_row: u32, first_four: u32, local: u32) {
  let own_sum = local / FOURS % TILE_SUMS;
  let top_at = four_rows_at(step, own_sum, first_row);
  let bottom_at = four_rows_at(step, own_sum, first_row + 4u);
  let weights_at = weights_of_sum(own_sum, first_four + local % FOURS);
  let count = length_of_sum(step, own_sum) / WIDTH;
  var top = mat4x4<f32>();
  var bottom = mat4x4<f32>();
  for (var k = local / SUM_FOURS; k < count; k += PARTS) {
    let weights = four_weights(weights_at, k);
    top = add_block(top, weights, four_rows(top_at, k));
    bottom = add_block(bottom, weights, four_rows(bottom_at, k));
  }
  let top_sum = meet(top, local);
  let bottom_sum = meet(bottom, local);
  parts[local] = top_sum;
  parts[WORKGROUP_SIZE + local] = bottom_sum;
  workgroupBarrier();
  if (local < ROWS * ELEMENTS) {
    let row = local / ELEMENTS;
    let unit = local % ELEMENTS;
    var sums = array<Real, TILE_SUMS>();
    for (var sum = 0u; sum < TILE_SUMS; sum++) {
      for (var part = 0u; part < PARTS / 4u; part++) {
        sums[sum] += element_of(parts[row * QUARTER + part * SUM_FOURS + sum * FOURS + unit * WIDTH / 4u], unit);
      }
    }
    finish_tile(step, first_row + row, first_four * 4u / WIDTH + unit, sums);
  }
}

fn own(tile: u32, local: u32) {
  let unit_tiles = (params.hidden_size + 4u * FOURS - 1u) / (4u * FOURS);
  let first_row = tile / unit_tiles * ROWS;
  if (first_row < params.batch_size) {
    own_tile(step_at(time_of(0u)), first_row, tile % unit_tiles * FOURS, local);
  }
}
