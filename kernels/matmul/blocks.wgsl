// Matrix product in registers, each thread by itself. Made for software adapters: no workgroup memory, no barriers.
// Formula and bindings: matmul/lib/operands.wgsl. How a and b lie, and preconditions: matmul/lib/{layout}.wgsl.
//
// One thread owns 8 rows and 8 columns of y, 16 and 16 in the variant wide, as 4 × 4 blocks: a load costs what ten
// multiply-adds cost on SwiftShader, and large blocks load less. row_blocks and column_blocks count these; dispatch
// ceil(batch · row_blocks · column_blocks / 16) workgroups, folded; columns run fastest.
//
// @software
// @name matmul_{layout}
// @each layout nn nt tn strided
// @variant wide WIDE=true
// @use matmul/lib/{layout}.wgsl
// @use matmul/lib/blocks-{a}.wgsl
// @use lib/by-thread.wgsl

override WIDE: bool = false;

const WORKGROUP_SIZE: u32 = 16;

// Of four blocks side by side the last two are there if WIDE.
struct Blocks {
  a: mat4x4<f32>,
  b: mat4x4<f32>,
  c: mat4x4<f32>,
  d: mat4x4<f32>,
}

fn add_products(sums: Blocks, rows: mat4x4<f32>, columns: Blocks) -> Blocks {
  let a = sums.a + product(rows, columns.a);
  let b = sums.b + product(rows, columns.b);
  if (!WIDE) {
    return Blocks(a, b, sums.c, sums.d);
  }
  return Blocks(a, b, sums.c + product(rows, columns.c), sums.d + product(rows, columns.d));
}

fn own(index: u32) {
  let block = block_of(index);
  if (block.z >= params.batch_size) {
    return;
  }
  let side = select(8u, 16u, WIDE);
  let row = block.row * side;
  let column = block.column * side;
  let place = place_of(0u, block.z);
  let b0_at = b_at(place, column);
  let b1_at = b_at(place, column + 4u);
  let b2_at = b_at(place, column + 8u);
  let b3_at = b_at(place, column + 12u);
  let a0_at = a_at(place, row);
  let a1_at = a_at(place, row + 4u);
  let a2_at = a_at(place, row + 8u);
  let a3_at = a_at(place, row + 12u);
  var sums0 = Blocks();
  var sums1 = Blocks();
  var sums2 = Blocks();
  var sums3 = Blocks();
  for (var k = 0u; k < params.k; k += 4u) {
    let a_now = a_step(place, k);
    let b_now = b_step(place, k);
    var columns = Blocks();
    columns.a = load_b(b0_at, b_now);
    columns.b = load_b(b1_at, b_now);
    if (WIDE) {
      columns.c = load_b(b2_at, b_now);
      columns.d = load_b(b3_at, b_now);
    }
    sums0 = add_products(sums0, load_a(a0_at, a_now), columns);
    sums1 = add_products(sums1, load_a(a1_at, a_now), columns);
    if (WIDE) {
      sums2 = add_products(sums2, load_a(a2_at, a_now), columns);
      sums3 = add_products(sums3, load_a(a3_at, a_now), columns);
    }
  }

  var sums = array<mat4x4<f32>, 16>(
    sums0.a, sums0.b, sums0.c, sums0.d, sums1.a, sums1.b, sums1.c, sums1.d,
    sums2.a, sums2.b, sums2.c, sums2.d, sums3.a, sums3.b, sums3.c, sums3.d,
  );
  // one store in loops: written out, the stores take more of the compile time than the sums
  for (var j = 0u; j < side / 4u; j++) {
    let columns = columns_at(column + 4u * j);
    let bias_part = load_bias(columns);
    for (var i = 0u; i < side; i++) {
      store(to_row(block.z, row_at(place, row, i)), columns, sums[i / 4u * 4u + j][i % 4u] + bias_part);
    }
  }
}
