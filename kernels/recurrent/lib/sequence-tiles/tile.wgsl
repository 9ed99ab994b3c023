// A recurrent matmul whose weights stay in a workgroup's registers, for loops over time on GPUs.
//
// The weights are GATES matrices [hidden, hidden]. A thread owns one unit of OWN gates, and every K_PARTS-th sixteen of what these
// multiply. Where there are more threads than that they share the workgroup's ROWS rows. Rows lie in workgroup memory, padded with
// zeros, as vec4: of an array of numbers compilers check and load each by itself. Who finishes a unit leaves a number in
// numbers_tile, since a thread that writes a part of a vec4 may write all of it.
//
// A file for each direction says what a thread multiplies, where its weights begin and what is in numbers_tile before the first
// step; the kernel's own_step goes through one step.
//
// @use lib/by-workgroup.wgsl
// @use recurrent/lib/sequence-tiles/sixteen.wgsl
// @variant row ROWS=1

alias Real = f32;
const WIDTH: u32 = 1;

// Gates that a thread owns, and threads among which it shares their weights.
const OWN: u32 = 1; // @specialize
const K_PARTS: u32 = 1; // @specialize
// Batch rows of a workgroup: 4, where it is wide 2, or 1.
override ROWS: u32 = 4u / K_PARTS;
const MOST_ROWS: u32 = 4 / K_PARTS;

// Sixteens of weights that a thread has of each gate: 4, or 3.
const SIXTEENS: u32 = select(4, 3, K_PARTS > 1 && GATES > 1 && PER_WORD == 1);
const WIDEST: u32 = 16 * SIXTEENS * K_PARTS;
// What a row has in numbers_tile.
const SLOTS: u32 = GATES * K_PARTS;
const SHARES: u32 = SLOTS / OWN;
const WORKGROUP_SIZE: u32 = max(256, WIDEST * SHARES);

// By row, gate where each has numbers of its own, and part.
var<workgroup> rows_tile: array<array<mat4x4<f32>, 4>, MOST_ROWS * MULTIPLIED * K_PARTS>;
// Row, slot, unit: the products, then in the first of each gate what was made of them.
var<workgroup> numbers_tile: array<f32, MOST_ROWS * SLOTS * WIDEST>;

// Brings what is multiplied next from numbers_tile into rows_tile.
fn gather(local: u32) {
  for (var four = local; four < ROWS * MULTIPLIED * K_PARTS * 4u * SIXTEENS; four += WORKGROUP_SIZE) {
    let part = four / (4u * SIXTEENS);
    let i = four / 4u % SIXTEENS;
    let row = part / (MULTIPLIED * K_PARTS);
    let gate = part / K_PARTS % MULTIPLIED;
    let at = (row * SLOTS + gate) * WIDEST + 16u * (i * K_PARTS + part % K_PARTS) + 4u * (four % 4u);
    rows_tile[part][i][four % 4u] =
      vec4<f32>(numbers_tile[at], numbers_tile[at + 1u], numbers_tile[at + 2u], numbers_tile[at + 3u]);
  }
}

// What a thread multiplies, and the first of its rows; every `stride`-th follows.
struct Own {
  gate: u32,
  part: u32,
  unit: u32,
  // Where its products lie in a row of numbers_tile.
  share: u32,
  row: u32,
  stride: u32,
}

fn own_of(local: u32) -> Own {
  let hidden = params.hidden_size;
  let stride = WORKGROUP_SIZE / (SHARES * hidden);
  let group = local / (SHARES * hidden);
  let share = local / hidden % SHARES;
  // threads past the last whole group own no row
  let row = select(ROWS, group, group < stride);
  return Own(share / K_PARTS * OWN, share % K_PARTS, local % hidden, share, row, stride);
}

// The unit of one row that a thread finishes, and where its first slot lies in numbers_tile.
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
  let at = local / hidden * SLOTS * WIDEST + unit;
  return Finisher(row, unit, at, local < ROWS * hidden && row < params.batch_size);
}

// The sum of some of a unit's slots.
fn sum_of(at: u32, first: u32, count: u32) -> f32 {
  var sum = numbers_tile[at + first * WIDEST];
  for (var slot = first + 1u; slot < first + count; slot++) {
    sum += numbers_tile[at + slot * WIDEST];
  }
  return sum;
}

fn own(group: u32, local: u32) {
  let first_row = group * ROWS;
  if (first_row >= params.batch_size) {
    return;
  }
  let own = own_of(local);
  let weights = own_weights(own);
  let finisher = finisher_of(first_row, local);
  if (finisher.counts) {
    begin(step_at(params.time), finisher);
  }
  workgroupBarrier();
  for (var i = 0u; i < params.steps; i++) {
    own_step(step_at(time_of(i)), weights, own, finisher, local);
  }
}
