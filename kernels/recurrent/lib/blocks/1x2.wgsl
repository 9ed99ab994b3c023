// The sums of two blocks of four units in registers, one for a unit. See 1.wgsl.

// Blocks of units, each of which is finished by itself.
const SIDES: u32 = 2;

struct Blocks {
  a: mat4x4<f32>,
  b: mat4x4<f32>,
}

// Where their weights begin. The second block of units lies `apart` further than the first.
fn blocks_at(unit4: u32, apart: u32) -> array<u32, 2> {
  return array<u32, 2>(weights_at(0u, unit4), weights_at(0u, unit4 + apart));
}

fn load_blocks(at: array<u32, 2>, k: u32) -> Blocks {
  return Blocks(load_weights(at[0], k), load_weights(at[1], k));
}

fn add_products(sums: Blocks, weights: Blocks, rows: mat4x4<f32>) -> Blocks {
  return Blocks(sums.a + weights.a * rows, sums.b + weights.b * rows);
}

// The sums of 32 rows, to be taken by a computed index.
const ROW_BLOCKS: u32 = 8;
alias Sorted = array<mat4x4<f32>, 16>;

fn sort(
  s0: Blocks, s1: Blocks, s2: Blocks, s3: Blocks, s4: Blocks, s5: Blocks, s6: Blocks, s7: Blocks
) -> Sorted {
  return Sorted(
    s0.a, s1.a, s2.a, s3.a, s4.a, s5.a, s6.a, s7.a,
    s0.b, s1.b, s2.b, s3.b, s4.b, s5.b, s6.b, s7.b
  );
}

// Those of one row and one side.
fn sums_of(sorted: ptr<function, Sorted>, row: u32, side: u32) -> Sums {
  return Sums((*sorted)[8u * side + (row >> 2u)][row & 3u]);
}
