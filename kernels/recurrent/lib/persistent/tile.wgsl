// All steps of a cell whose weights stay in a workgroup's registers, for GPUs. A thread owns a part of the weights of one unit for one
// sum, 64 numbers of them: parts of a sum meet in workgroup memory. Rows are brought there for every step, from where the step before
// has written them, padded with zeros. The kernel says of how many kinds rows are that sums multiply: one, or each of its own (KINDS).
//
// Parts of all sums together are at most MOST_PARTS, and there is a thread for each unit of each: 256 at most.
//
// @use lib/by-workgroup.wgsl
// @use recurrent/lib/sixteens.wgsl
// @variant row ROWS=1

const WORKGROUP_SIZE: u32 = 256;
const PART: u32 = 64;
const FOURS: u32 = PART / 4;
const MOST_PARTS: u32 = 8;
const MOST_ROWS: u32 = 4;
// Batch rows of a workgroup: 4 or 1.
override ROWS: u32 = MOST_ROWS;

// Row, part. As matrices: compilers check and load each number of an array by itself.
var<workgroup> rows_tile: array<array<mat4x4<f32>, 4>, MOST_ROWS * MOST_PARTS>;
// Row, thread: the products.
var<workgroup> products_tile: array<f32, MOST_ROWS * WORKGROUP_SIZE>;

fn parts_of(sum: u32) -> u32 {
  return (row_size(sum) + PART - 1u) / PART;
}

// A part of a sum, and where it lies among all parts of all sums.
struct Part {
  sum: u32,
  part: u32,
  // Whether there is one.
  counts: bool,
}

fn part_at(slot: u32, sums: u32) -> Part {
  var part = slot;
  for (var sum = 0u; sum < sums; sum++) {
    let parts = parts_of(sum);
    if (part < parts) {
      return Part(sum, part, true);
    }
    part -= parts;
  }
  return Part(0u, 0u, false);
}

// All parts of the first sums.
fn parts_before(sum: u32) -> u32 {
  var parts = 0u;
  for (var before = 0u; before < sum; before++) {
    parts += parts_of(before);
  }
  return parts;
}

// Four numbers of rows that a thread brings: of every `stride`-th row from `row` on.
struct Source {
  sum: u32,
  // In the row, and in rows_tile.
  k: u32,
  part: u32,
  row: u32,
  stride: u32,
}

fn source_of(local: u32) -> Source {
  let fours = parts_before(KINDS) * FOURS;
  let slot = local % max(fours, 1u) / FOURS;
  let four = local % FOURS;
  let brought = part_at(slot, KINDS);
  let stride = WORKGROUP_SIZE / max(fours, 1u);
  let row = local / max(fours, 1u);
  // threads past the last whole row bring nothing
  return Source(brought.sum, brought.part * PART + 4u * four, slot, select(ROWS, row, brought.counts && row < stride), stride);
}

fn number_at(at: u32, counts: bool) -> f32 {
  if (counts) {
    return load_row(at);
  }
  return 0.0;
}

fn bring(step: Step, source: Source, first_row: u32) {
  let length = length_of_sum(step, source.sum);
  let k = source.k;
  for (var row = source.row; row < ROWS; row += source.stride) {
    let count = select(0u, length, first_row + row < params.batch_size);
    let at = row_of_sum(step, source.sum, first_row + row) + k;
    rows_tile[row * MOST_PARTS + source.part][k % PART / 16u][k / 4u % 4u] = vec4<f32>(
      number_at(at, k < count),
      number_at(at + 1u, k + 1u < count),
      number_at(at + 2u, k + 2u < count),
      number_at(at + 3u, k + 3u < count)
    );
  }
}

// Constant indices only, so that they stay in registers.
struct Weights64 {
  first: mat4x4<f32>,
  second: mat4x4<f32>,
  third: mat4x4<f32>,
  fourth: mat4x4<f32>,
}

// What a thread multiplies.
struct Own {
  weights: Weights64,
  // In rows_tile.
  part: u32,
  // How many numbers there are from its first on.
  count: u32,
  counts: bool,
}

// Zero past the row's end.
fn held_weight(sum: u32, unit: u32, k: u32) -> f32 {
  if (k >= row_size(sum)) {
    return 0.0;
  }
  let i = start_of_weights(sum, unit) + k * weights_stride();
  return weight_in(i / PER_WORD, bit_of(i));
}

fn four_held(sum: u32, unit: u32, k: u32) -> vec4<f32> {
  return vec4<f32>(
    held_weight(sum, unit, k), held_weight(sum, unit, k + 1u), held_weight(sum, unit, k + 2u), held_weight(sum, unit, k + 3u)
  );
}

fn sixteen_held(sum: u32, unit: u32, k: u32) -> mat4x4<f32> {
  return mat4x4<f32>(
    four_held(sum, unit, k), four_held(sum, unit, k + 4u), four_held(sum, unit, k + 8u), four_held(sum, unit, k + 12u)
  );
}

fn own_of(local: u32) -> Own {
  let units = params.hidden_size;
  let slot = local / units;
  let own = part_at(slot, SUMS);
  if (!own.counts) {
    return Own();
  }
  let unit = local % units;
  let k = own.part * PART;
  let weights = Weights64(
    sixteen_held(own.sum, unit, k),
    sixteen_held(own.sum, unit, k + 16u),
    sixteen_held(own.sum, unit, k + 32u),
    sixteen_held(own.sum, unit, k + 48u)
  );
  return Own(weights, select(slot, own.part, KINDS == 1u), row_size(own.sum) - k, true);
}

fn product(own: Own, row: u32) -> f32 {
  let at = row * MOST_PARTS + own.part;
  var sums = add_products(vec4<f32>(), own.weights.first, rows_tile[at][0]);
  if (own.count > 16u) {
    sums = add_products(sums, own.weights.second, rows_tile[at][1]);
  }
  if (own.count > 32u) {
    sums = add_products(sums, own.weights.third, rows_tile[at][2]);
    sums = add_products(sums, own.weights.fourth, rows_tile[at][3]);
  }
  return together(sums);
}

// Where the step has no rows a sum is nothing, whatever the weights are.
fn sum_of(step: Step, sum: u32, row: u32, unit: u32) -> f32 {
  var total = 0.0;
  if (length_of_sum(step, sum) > 0u) {
    let first = row * WORKGROUP_SIZE + parts_before(sum) * params.hidden_size + unit;
    for (var part = 0u; part < parts_of(sum); part++) {
      total += products_tile[first + part * params.hidden_size];
    }
  }
  return total;
}

fn own(group: u32, local: u32) {
  let first_row = group * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let source = source_of(local);
  let own = own_of(local);
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(time_of(i));
    bring(step, source, first_row);
    workgroupBarrier();
    if (own.counts) {
      for (var row = 0u; row < ROWS; row++) {
        products_tile[row * WORKGROUP_SIZE + local] = product(own, row);
      }
    }
    workgroupBarrier();
    for (var element = local; element < ROWS * params.hidden_size; element += WORKGROUP_SIZE) {
      let row = element / params.hidden_size;
      let unit = element % params.hidden_size;
      var sums = Sums();
      for (var sum = 0u; sum < SUMS; sum++) {
        sums[sum] = sum_of(step, sum, row, unit);
      }
      finish(step, first_row + row, unit, sums);
    }
    // the next step reads what other threads wrote
    storageBarrier();
  }
}
