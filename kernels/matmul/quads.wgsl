// Matrix product in registers, shared by quads. Made for software adapters: no workgroup memory, no barriers.
// Formula and bindings: matmul/lib/operands.wgsl. How a and b lie, and preconditions: matmul/lib/{layout}.wgsl.
//
// The four threads of a workgroup are a quad of a subgroup and own together 32 rows (8 in the variant low) and 32 columns of
// y: each thread all of the rows and two times four of the columns. Loads are what matmuls cost on SwiftShader, some 80
// instructions for a number per thread: here no two threads of a quad read the same of a, they exchange it.
// row_blocks and column_blocks count these; dispatch batch · row_blocks · column_blocks workgroups, folded; columns run
// fastest. Precondition: a subgroup numbers the threads of a workgroup in their order.
//
// @software
// @name matmul_quad_{layout}
// @each layout nn nt tn strided
// @requires subgroups
// @variant low TALL=false
// @use matmul/lib/{layout}.wgsl
// @use matmul/lib/quads-{a}.wgsl
// @use lib/quads.wgsl
// @use lib/by-workgroup.wgsl

enable subgroups;

override TALL: bool = true;

const WORKGROUP_SIZE: u32 = 4;

// Of a thread's columns the first four and the others.
struct Sides {
  left: mat4x4<f32>,
  right: mat4x4<f32>,
}

fn add_products(sums: Sides, rows: mat4x4<f32>, columns: Sides) -> Sides {
  return Sides(sums.left + product(rows, columns.left), sums.right + product(rows, columns.right));
}

fn own(group: u32, lane: u32) {
  let block = block_of(group);
  if (block.z >= params.batch_size) {
    return;
  }
  let rows = select(8u, 32u, TALL);
  let row = block.row * rows;
  let column = block.column * 32u + 4u * lane;
  let place = place_of(lane, block.z);
  let left_at = b_at(place, column);
  let right_at = b_at(place, column + 16u);
  let a0_at = a_at(place, row);
  let a1_at = a_at(place, row + 4u);
  let a2_at = a_at(place, row + 8u);
  let a3_at = a_at(place, row + 12u);
  let a4_at = a_at(place, row + 16u);
  let a5_at = a_at(place, row + 20u);
  let a6_at = a_at(place, row + 24u);
  let a7_at = a_at(place, row + 28u);
  var sums0 = Sides();
  var sums1 = Sides();
  var sums2 = Sides();
  var sums3 = Sides();
  var sums4 = Sides();
  var sums5 = Sides();
  var sums6 = Sides();
  var sums7 = Sides();
  for (var k = 0u; k < params.k; k += 4u) {
    let a_now = a_step(place, k);
    let b_now = b_step(place, k);
    let columns = Sides(load_b(left_at, b_now), load_b(right_at, b_now));
    sums0 = add_products(sums0, load_a(a0_at, a_now), columns);
    sums1 = add_products(sums1, load_a(a1_at, a_now), columns);
    if (TALL) {
      sums2 = add_products(sums2, load_a(a2_at, a_now), columns);
      sums3 = add_products(sums3, load_a(a3_at, a_now), columns);
      sums4 = add_products(sums4, load_a(a4_at, a_now), columns);
      sums5 = add_products(sums5, load_a(a5_at, a_now), columns);
      sums6 = add_products(sums6, load_a(a6_at, a_now), columns);
      sums7 = add_products(sums7, load_a(a7_at, a_now), columns);
    }
  }

  var sums = array<mat4x4<f32>, 16>(
    sums0.left, sums1.left, sums2.left, sums3.left, sums4.left, sums5.left, sums6.left, sums7.left,
    sums0.right, sums1.right, sums2.right, sums3.right, sums4.right, sums5.right, sums6.right, sums7.right
  );
  // one store in a loop: written out, the stores take more of the compile time than the sums
  for (var side = 0u; side < 2u; side++) {
    let columns = columns_at(column + 16u * side);
    let bias_part = load_bias(columns);
    for (var i = 0u; i < rows; i++) {
      store(to_row(block.z, row_at(place, row, i)), columns, sums[8u * side + i / 4u][i % 4u] + bias_part);
    }
  }
}
