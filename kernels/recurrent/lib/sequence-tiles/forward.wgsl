// Forward steps in recurrent/lib/sequence-tiles/tile.wgsl: all gates multiply h.

const MULTIPLIED: u32 = 1;

fn first_weight(gate: u32, unit: u32) -> u32 {
  return weights_at(gate, unit);
}

// Before the first step numbers_tile holds h.
fn begin(first: Step, finisher: Finisher) {
  numbers_tile[finisher.at] = load_row(row_at(first, finisher.row) + finisher.unit);
}

// Adds the products of each gate to its column.
fn add_gates(before: mat4x4<f32>, weights: Gates, numbers: mat4x4<f32>) -> mat4x4<f32> {
  var sums = before;
  sums[0] = add_sixteen(sums[0], weights.first, numbers);
  if (OWN > 1u) {
    sums[1] = add_sixteen(sums[1], weights.second, numbers);
  }
  if (OWN > 2u) {
    sums[2] = add_sixteen(sums[2], weights.third, numbers);
  }
  if (OWN > 3u) {
    sums[3] = add_sixteen(sums[3], weights.fourth, numbers);
  }
  return sums;
}

fn products(weights: Weights, row: u32) -> mat4x4<f32> {
  var sums = add_gates(mat4x4<f32>(), weights.first, rows_tile[row][0]);
  if (has_sixteen(1u)) {
    sums = add_gates(sums, weights.second, rows_tile[row][1]);
  }
  if (has_sixteen(2u)) {
    sums = add_gates(sums, weights.third, rows_tile[row][2]);
    if (SIXTEENS > 3u) {
      sums = add_gates(sums, weights.fourth, rows_tile[row][3]);
    }
  }
  return sums;
}

// A thread's products, left in numbers_tile: a sum for each gate and part.
fn multiply(weights: Weights, own: Own) {
  for (var row = own.row; row < ROWS; row += own.stride) {
    let sums = products(weights, row * K_PARTS + own.part);
    let at = (row * SLOTS + own.gate * K_PARTS + own.part) * WIDEST + own.unit;
    numbers_tile[at] = together(sums[0]);
    if (OWN > 1u) {
      numbers_tile[at + K_PARTS * WIDEST] = together(sums[1]);
    }
    if (OWN > 2u) {
      numbers_tile[at + 2u * K_PARTS * WIDEST] = together(sums[2]);
    }
    if (OWN > 3u) {
      numbers_tile[at + 3u * K_PARTS * WIDEST] = together(sums[3]);
    }
  }
}
