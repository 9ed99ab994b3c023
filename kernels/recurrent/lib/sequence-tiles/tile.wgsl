// A recurrent matmul of at most 64 units whose weights stay in a workgroup's registers, for loops over time on GPUs.
//
// The weights are GATES matrices [hidden, hidden]. A thread owns one gate of one unit, which is up to 64 weights, and where
// there are more threads than gates of units they share the workgroup's ROWS rows (at most 4). Rows lie in workgroup
// memory, padded with zeros to 64 numbers, as vec4: of an array of numbers compilers check and load each by itself. Who finishes a
// unit leaves a number in numbers_tile, since a thread that writes a part of a vec4 may write all of it.
//
// A file for each direction says how many parts each row has that is multiplied (PARTS), where its weights begin and what is in
// numbers_tile before the first step; the kernel's own_step goes through one step.
//
// @use lib/by-workgroup.wgsl
// @variant row ROWS=1

alias Real = f32;
const WIDTH: u32 = 1;

const WORKGROUP_SIZE: u32 = 256;
const WIDEST: u32 = 64;
// Batch rows of a workgroup: 4 or 1.
override ROWS: u32 = 4u;

const FOURS: u32 = WIDEST / 4;

// What is multiplied: row by row, with GATES parts each where every gate has numbers of its own.
var<workgroup> rows_tile: array<vec4<f32>, 4 * GATES * FOURS>;
// Row, gate, unit: the products, then what was made of them.
var<workgroup> numbers_tile: array<f32, 4 * GATES * WIDEST>;

// Brings what is multiplied next from numbers_tile into rows_tile: PARTS gates' numbers of each row.
fn gather(local: u32) {
  if (local < ROWS * PARTS * FOURS) {
    let row = local / (PARTS * FOURS);
    let at = row * GATES * WIDEST + 4u * (local % (PARTS * FOURS));
    rows_tile[local] = vec4<f32>(numbers_tile[at], numbers_tile[at + 1u], numbers_tile[at + 2u], numbers_tile[at + 3u]);
  }
}

// In registers: constant indices only.
struct Weights {
  k0: mat4x4<f32>,
  k16: mat4x4<f32>,
  k32: mat4x4<f32>,
  k48: mat4x4<f32>,
}

// The gate and unit of a thread, and the first of the rows that it multiplies; every `stride`-th follows.
struct Own {
  gate: u32,
  unit: u32,
  row: u32,
  stride: u32,
}

fn own_of(local: u32) -> Own {
  let outputs = GATES * params.hidden_size;
  let stride = WORKGROUP_SIZE / outputs;
  let group = local / outputs;
  let index = local % outputs;
  // threads past the last whole group own no row
  let row = select(ROWS, group, group < stride);
  return Own(index / params.hidden_size, index % params.hidden_size, row, stride);
}

// The unit of one row that a thread finishes, and where its first gate lies in numbers_tile.
struct Finisher {
  row: u32,
  unit: u32,
  at: u32,
  // Whether there is such a unit and row.
  counts: bool,
}

fn finisher_of(first_row: u32, local: u32) -> Finisher {
  let hidden = params.hidden_size;
  let row = first_row + local / hidden;
  let unit = local % hidden;
  let at = local / hidden * GATES * WIDEST + unit;
  return Finisher(row, unit, at, local < ROWS * hidden && row < params.batch_size);
}

fn weight(at: u32, k: u32) -> f32 {
  if (k >= params.hidden_size) {
    return 0.0;
  }
  return load_weights(at, k);
}

fn four_weights(at: u32, k: u32) -> vec4<f32> {
  return vec4<f32>(weight(at, k), weight(at, k + 1u), weight(at, k + 2u), weight(at, k + 3u));
}

fn sixteen_weights(at: u32, k: u32) -> mat4x4<f32> {
  return mat4x4<f32>(
    four_weights(at, k), four_weights(at, k + 4u), four_weights(at, k + 8u), four_weights(at, k + 12u)
  );
}

// Those that begin at `at`.
fn own_weights(at: u32) -> Weights {
  return Weights(sixteen_weights(at, 0u), sixteen_weights(at, 16u), sixteen_weights(at, 32u), sixteen_weights(at, 48u));
}

// Four sums of every fourth of sixteen products each, added to those before.
fn add_sixteen(sums: vec4<f32>, weights: mat4x4<f32>, at: u32) -> vec4<f32> {
  return sums + weights[0] * rows_tile[at] + weights[1] * rows_tile[at + 1u]
    + weights[2] * rows_tile[at + 2u] + weights[3] * rows_tile[at + 3u];
}

// Product with the fours of rows_tile from the `given` one on. The bound shows compilers that none of them needs a check.
fn product(weights: Weights, given: u32) -> f32 {
  let at = min(given, (4u * GATES - 1u) * FOURS);
  var sums = add_sixteen(vec4<f32>(), weights.k0, at);
  if (params.hidden_size > 16u) {
    sums = add_sixteen(sums, weights.k16, at + 4u);
  }
  if (params.hidden_size > 32u) {
    sums = add_sixteen(sums, weights.k32, at + 8u);
    sums = add_sixteen(sums, weights.k48, at + 12u);
  }
  return (sums.x + sums.y) + (sums.z + sums.w);
}

// A thread's products, left in numbers_tile.
fn multiply(weights: Weights, own: Own) {
  for (var row = own.row; row < ROWS; row += own.stride) {
    let at = row * GATES + own.gate;
    numbers_tile[at * WIDEST + own.unit] = product(weights, select(row, at, PARTS > 1u) * FOURS);
  }
}

fn own(group: u32, local: u32) {
  let first_row = group * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let own = own_of(local);
  let weights = own_weights(first_weight(own));
  let finisher = finisher_of(first_row, local);
  if (finisher.counts) {
    begin(step_at(params.time), finisher);
  }
  workgroupBarrier();
  for (var i = 0u; i < params.steps; i++) {
    own_step(step_at(time_of(i)), weights, own, finisher, local);
  }
}
