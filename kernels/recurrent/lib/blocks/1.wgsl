// The sums of one block of four units in registers, one for a unit. They have names, so that no index is computed where they are
// used: 4 × 4 numbers of four batch rows, column r is row r.

// Blocks of units, each of which is finished by itself.
const SIDES: u32 = 1;

struct Blocks {
  a: mat4x4<f32>,
}

// Where their weights begin.
fn blocks_at(unit4: u32, apart: u32) -> array<u32, 1> {
  return array<u32, 1>(weights_at(0u, unit4));
}

fn load_blocks(at: array<u32, 1>, k: u32) -> Blocks {
  return Blocks(load_weights(at[0], k));
}

fn add_products(sums: Blocks, weights: Blocks, rows: mat4x4<f32>) -> Blocks {
  return Blocks(sums.a + weights.a * rows);
}

// The products of eight rows and two blocks of units, and of them the sums of one row.
alias Products = array<array<vec4<f32>, 8>, 2>;

fn sums_of_product(products: ptr<function, Products>, row: u32, block: u32) -> Sums {
  return Sums((*products)[block][row]);
}

// The sums of one of four rows.
fn sums_of_row(sums: ptr<function, Blocks>, row: u32) -> Sums {
  return Sums((*sums).a[row]);
}
