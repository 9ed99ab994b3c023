// The sums of a tile of rows and units, for GPUs. One thread owns one sum of four units of 8 rows, as 4 × 4 blocks whose column r is
// row r, over every PARTS-th element of the rows: a step has only batch · hidden sums, a GPU more threads. In the end the parts of a
// sum meet in workgroup memory, two rows of a thread at a time, and a thread each finishes an element of a row.
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
const HALF: u32 = WORKGROUP_SIZE / 2;
const QUARTER: u32 = WORKGROUP_SIZE / 4;

// Two rows of each thread. Drivers that zero it by instructions take a second to compile for every 8 KiB of it.
var<workgroup> parts: array<vec4<f32>, 2 * WORKGROUP_SIZE>;

// The two rows that a thread keeps, with those of its partner, who gets the two that are given.
fn exchange(kept: mat2x4<f32>, given: mat2x4<f32>, local: u32, partner: u32) -> mat2x4<f32> {
  parts[local] = given[0];
  parts[WORKGROUP_SIZE + local] = given[1];
  workgroupBarrier();
  let sum = kept + mat2x4<f32>(parts[partner], parts[WORKGROUP_SIZE + partner]);
  workgroupBarrier();
  return sum;
}

// Adds up four parts of each sum: of thread `local` for rows 2 · (local / QUARTER) and the next, those that lie a quarter apart from
// its own place.
fn meet(top: mat4x4<f32>, bottom: mat4x4<f32>, local: u32) -> mat2x4<f32> {
  var kept = top;
  var given = bottom;
  if (local >= HALF) {
    kept = bottom;
    given = top;
  }
  let far = (local + HALF) % WORKGROUP_SIZE;
  let first = exchange(mat2x4<f32>(kept[0], kept[1]), mat2x4<f32>(given[0], given[1]), local, far);
  let last = exchange(mat2x4<f32>(kept[2], kept[3]), mat2x4<f32>(given[2], given[3]), local, far);
  let near = local / HALF * HALF + (local + QUARTER) % HALF;
  var own = first;
  var others = last;
  if (local % HALF >= QUARTER) {
    own = last;
    others = first;
  }
  return exchange(own, others, local, near);
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
  let part = local / SUM_FOURS;
  let weights_at = weights_of_sum(own_sum, first_four + local % FOURS, part);
  let count = length_of_sum(step, own_sum) / WIDTH;
  var top = mat4x4<f32>();
  var bottom = mat4x4<f32>();
  for (var k = part; k < count; k += PARTS) {
    let weights = four_weights(weights_at, k);
    top = add_block(top, weights, four_rows(top_at, k));
    bottom = add_block(bottom, weights, four_rows(bottom_at, k));
  }
  let met = meet(top, bottom, local);
  parts[local] = met[0];
  parts[WORKGROUP_SIZE + local] = met[1];
  workgroupBarrier();
  if (local < ROWS * ELEMENTS) {
    let row = local / ELEMENTS;
    let unit = local % ELEMENTS;
    let first_part = row % 2u * WORKGROUP_SIZE + row / 2u * QUARTER;
    var sums = array<Real, TILE_SUMS>();
    for (var sum = 0u; sum < TILE_SUMS; sum++) {
      for (var part = 0u; part < PARTS / 4u; part++) {
        sums[sum] += element_of(parts[first_part + part * SUM_FOURS + sum * FOURS + unit * WIDTH / 4u], unit);
      }
    }
    finish_tile(step, first_row + row, first_four * 4u / WIDTH + unit, sums);
  }
}

// Workgroups of the same units lie side by side: weights are more than rows, and may be more than a cache holds.
fn own(tile: u32, local: u32) {
  let row_tiles = (params.batch_size + ROWS - 1u) / ROWS;
  let first_four = tile / row_tiles * FOURS;
  if (4u * first_four < params.hidden_size) {
    own_tile(step_at(time_of(0u)), tile % row_tiles * ROWS, first_four, local);
  }
}
