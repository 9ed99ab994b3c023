// The products of a recurrent step in registers, for the kernels of one step and of a whole sequence on software adapters.
//
// One thread owns ROWS batch rows of a block of units: 4 × 4 numbers for each sum and four rows, column r is row r, so that
// a step of four k is `block += weights · rows`. With 8 rows and one sum for a unit it owns two blocks, else one.
//
// @use recurrent/lib/{direction}-fours.wgsl
// @use recurrent/lib/blocks/{sums}.wgsl
// @use recurrent/lib/sums/{sums}.wgsl
// @variant four_rows ROWS=4
// @variant row ROWS=1

// Batch rows per thread: 8, 4 or 1.
override ROWS: u32 = 8u;

fn four_rows(at: array<u32, 4>, k: u32) -> mat4x4<f32> {
  return mat4x4<f32>(load_row(at[0] + k), load_row(at[1] + k), load_row(at[2] + k), load_row(at[3] + k));
}

// Where four rows begin. Rows past the batch repeat the last one.
fn four_rows_at(step: Step, row: u32) -> array<u32, 4> {
  let last = row_at(step, params.batch_size - 1u);
  return array<u32, 4>(
    min(row_at(step, row), last),
    min(row_at(step, row + 1u), last),
    min(row_at(step, row + 2u), last),
    min(row_at(step, row + 3u), last),
  );
}

// Blocks of four units that a thread with 8 rows owns.
const BLOCKS: u32 = select(1, 2, SUMS == 1);
const PRODUCTS: u32 = SUMS * BLOCKS;

// How many of its blocks a row of hidden units has.
fn block_count() -> u32 {
  let units = select(4u, 4u * BLOCKS, ROWS == 8u);
  return (params.hidden_size + units - 1u) / units;
}

fn own_rows(step: Step, row: u32, block: u32) {
  switch (ROWS) {
    case 1u: { one_row(step, row, block); }
    case 4u: { only_four_rows(step, row, block); }
    default: { eight_rows(step, row, block * BLOCKS); }
  }
}

// Where the weights of a product begin: that of one sum of one of the thread's blocks.
fn product_at(product: u32, unit4: u32) -> u32 {
  return weights_at(product / BLOCKS, unit4 + product % BLOCKS);
}

// Two products at a time: with more the sums and operands spill (the LSTM is 1.4 times slower at hidden 128 with all four).
// The pairs are a loop: written out, they take twice as long to compile, as do the ends of eight rows.
fn eight_rows(step: Step, row: u32, unit4: u32) {
  let top_at = four_rows_at(step, row);
  let bottom_at = four_rows_at(step, row + 4u);
  let count = row_length(step) / 4u;
  var products: Products;
  for (var product = 0u; product + 1u < PRODUCTS; product += 2u) {
    let first_at = product_at(product, unit4);
    let second_at = product_at(product + 1u, unit4);
    var first_top = mat4x4<f32>();
    var second_top = mat4x4<f32>();
    var first_bottom = mat4x4<f32>();
    var second_bottom = mat4x4<f32>();
    for (var k = 0u; k < count; k++) {
      let top = four_rows(top_at, k);
      let bottom = four_rows(bottom_at, k);
      let first = load_weights(first_at, k);
      let second = load_weights(second_at, k);
      first_top += first * top;
      first_bottom += first * bottom;
      second_top += second * top;
      second_bottom += second * bottom;
    }
    products[product] = rows_of(first_top, first_bottom);
    products[product + 1u] = rows_of(second_top, second_bottom);
  }
  if (PRODUCTS % 2u == 1u) {
    let weights = product_at(PRODUCTS - 1u, unit4);
    var block_top = mat4x4<f32>();
    var block_bottom = mat4x4<f32>();
    for (var k = 0u; k < count; k++) {
      let block = load_weights(weights, k);
      block_top += block * four_rows(top_at, k);
      block_bottom += block * four_rows(bottom_at, k);
    }
    products[PRODUCTS - 1u] = rows_of(block_top, block_bottom);
  }
  for (var block = 0u; block < BLOCKS; block++) {
    for (var i = 0u; i < 8u; i++) {
      finish(step, row + i, unit4 + block, sums_of_product(&products, i, block));
    }
  }
}

fn only_four_rows(step: Step, row: u32, unit4: u32) {
  let rows_at = four_rows_at(step, row);
  let weights = blocks_at(unit4, 0u);
  let count = row_length(step) / 4u;
  var sums = Blocks();
  for (var k = 0u; k < count; k++) {
    sums = add_products(sums, load_blocks(weights, k), four_rows(rows_at, k));
  }
  for (var i = 0u; i < 4u; i++) {
    finish(step, row + i, unit4, sums_of_row(&sums, i));
  }
}

fn one_row(step: Step, row: u32, unit4: u32) {
  let at = row_at(step, row);
  let weights = sums_at(unit4);
  let count = row_length(step) / 4u;
  var sums = Sums();
  for (var k = 0u; k < count; k++) {
    sums = add_product(sums, weights, k, load_row(at + k));
  }
  finish(step, row, unit4, sums);
}
