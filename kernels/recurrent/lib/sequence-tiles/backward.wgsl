// Gradients in recurrent/lib/sequence-tiles/tile.wgsl: each gate's weights multiply the gradients of that gate.

const MULTIPLIED: u32 = GATES;

fn first_weight(gate: u32, unit: u32) -> u32 {
  return weights_at(0u, unit) + gate * params.hidden_size * params.hidden_size;
}

// Before the first step numbers_tile holds the gradients of the gates of the step that followed.
fn begin(first: Step, finisher: Finisher) {
  if (first.recurrent) {
    for (var gate = 0u; gate < GATES; gate++) {
      let unit = gate * params.hidden_size + finisher.unit;
      numbers_tile[finisher.at + gate * WIDEST] = load_row(row_at(first, finisher.row) + unit);
    }
  }
}

// Adds the products of the i-th sixteen of each gate, whose rows lie K_PARTS apart.
fn add_gates(before: vec4<f32>, weights: Gates, row: u32, i: u32) -> vec4<f32> {
  var sums = add_sixteen(before, weights.first, rows_tile[row][i]);
  if (OWN > 1u) {
    sums = add_sixteen(sums, weights.second, rows_tile[row + K_PARTS][i]);
  }
  if (OWN > 2u) {
    sums = add_sixteen(sums, weights.third, rows_tile[row + 2u * K_PARTS][i]);
  }
  if (OWN > 3u) {
    sums = add_sixteen(sums, weights.fourth, rows_tile[row + 3u * K_PARTS][i]);
  }
  return sums;
}

fn products(weights: Weights, row: u32) -> f32 {
  var sums = add_gates(vec4<f32>(), weights.first, row, 0u);
  if (has_sixteen(1u)) {
    sums = add_gates(sums, weights.second, row, 1u);
  }
  if (has_sixteen(2u)) {
    sums = add_gates(sums, weights.third, row, 2u);
    if (SIXTEENS > 3u) {
      sums = add_gates(sums, weights.fourth, row, 3u);
    }
  }
  return together(sums);
}

// A thread's products, left in numbers_tile: one sum over its gates.
fn multiply(weights: Weights, own: Own) {
  for (var row = own.row; row < ROWS; row += own.stride) {
    numbers_tile[(row * SLOTS + own.share) * WIDEST + own.unit] =
      products(weights, (row * GATES + own.gate) * K_PARTS + own.part);
  }
}
