// A recurrent matmul of at most 64 units whose weights stay in a workgroup's registers, for loops over time on GPUs.
//
// The weights are GATES matrices [hidden, hidden]. A thread owns one gate of one unit, which is up to 64 weights, and where
// there are more threads than gates of units they share the workgroup's ROWS rows (at most 4). Rows lie in workgroup
// memory, padded with zeros to 64 numbers.
//
// @variant row ROWS=1

alias Real = f32;
const WIDTH: u32 = 1;

const WORKGROUP_SIZE: u32 = 256;
const WIDEST: u32 = 64;
// Batch rows of a workgroup: 4 or 1.
override ROWS: u32 = 4u;

// What is multiplied: row by row, with GATES parts each where every gate has numbers of its own.
var<workgroup> rows_tile: array<f32, 4 * GATES * WIDEST>;
// Row, gate, unit: the products.
var<workgroup> sums_tile: array<f32, 4 * GATES * WIDEST>;

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

fn four_of_row(at: u32) -> vec4<f32> {
  return vec4<f32>(rows_tile[at], rows_tile[at + 1u], rows_tile[at + 2u], rows_tile[at + 3u]);
}

fn sixteen_products(weights: mat4x4<f32>, at: u32) -> f32 {
  return dot(weights[0], four_of_row(at)) + dot(weights[1], four_of_row(at + 4u))
    + dot(weights[2], four_of_row(at + 8u)) + dot(weights[3], four_of_row(at + 12u));
}

// Product with the numbers of rows_tile from `at` on.
fn product(weights: Weights, at: u32) -> f32 {
  var sum = sixteen_products(weights.k0, at);
  if (params.hidden_size > 16u) {
    sum += sixteen_products(weights.k16, at + 16u);
  }
  if (params.hidden_size > 32u) {
    sum += sixteen_products(weights.k32, at + 32u);
    sum += sixteen_products(weights.k48, at + 48u);
  }
  return sum;
}
