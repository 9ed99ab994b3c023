// The sums of one block of four units in registers, three for a unit. See 1.wgsl.

// Blocks of units, each of which is finished by itself.
const SIDES: u32 = 1;

struct Blocks {
  a: mat4x4<f32>,
  b: mat4x4<f32>,
  c: mat4x4<f32>,
}

// Where their weights begin.
fn blocks_at(unit4: u32, apart: u32) -> array<u32, 3> {
  return array<u32, 3>(weights_at(0u, unit4), weights_at(1u, unit4), weights_at(2u, unit4));
}

fn load_blocks(at: array<u32, 3>, k: u32) -> Blocks {
  return Blocks(load_weights(at[0], k), load_weights(at[1], k), load_weights(at[2], k));
}

fn add_products(sums: Blocks, weights: Blocks, rows: mat4x4<f32>) -> Blocks {
  return Blocks(sums.a + weights.a * rows, sums.b + weights.b * rows, sums.c + weights.c * rows);
}

// The products of eight rows, and of them the sums of one row.
alias Products = array<array<vec4<f32>, 8>, 3>;

fn sums_of_product(products: ptr<function, Products>, row: u32, block: u32) -> Sums {
  return Sums((*products)[0][row], (*products)[1][row], (*products)[2][row]);
}

// The sums of one of four rows.
fn sums_of_row(sums: ptr<function, Blocks>, row: u32) -> Sums {
  return Sums((*sums).a[row], (*sums).b[row], (*sums).c[row]);
}

// The sums of 16 rows, to be taken by a computed index.
const ROW_BLOCKS: u32 = 4;
alias Sorted = array<mat4x4<f32>, 12>;

fn sort(
  s0: Blocks, s1: Blocks, s2: Blocks, s3: Blocks, s4: Blocks, s5: Blocks, s6: Blocks, s7: Blocks
) -> Sorted {
  return Sorted(
    s0.a, s1.a, s2.a, s3.a,
    s0.b, s1.b, s2.b, s3.b,
    s0.c, s1.c, s2.c, s3.c
  );
}

// Those of one row and one side.
fn sums_of(sorted: ptr<function, Sorted>, row: u32, side: u32) -> Sums {
  let i = row >> 2u;
  let r = row & 3u;
  return Sums((*sorted)[i][r], (*sorted)[i + 4u][r], (*sorted)[i + 8u][r]);
}
