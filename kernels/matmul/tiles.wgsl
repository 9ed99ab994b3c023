// Matrix product by tiles in workgroup memory, for GPUs: any part of the sum over k. How a and b lie, and preconditions:
// matmul/lib/tiles-{layout}.wgsl.
// Formula and bindings: matmul/lib/operands.wgsl, but for y [splits, batch, m, n] where the sum is cut: part s covers k from
// s · k_part to (s + 1) · k_part, without bias, and matmul_split_sum adds the parts up. splits = ceil(k / k_part); k_part is a
// multiple of 4 where it is not k.
//
// One workgroup of 128 threads owns a tile of 64 rows and 64 columns of y, one thread 8 rows and 4 columns of it, held in
// registers. row_blocks and column_blocks count tiles; dispatch splits · batch · row_blocks · column_blocks workgroups, folded;
// columns run fastest.
// Each step brings 16 k of both operands into workgroup memory, of which a thread then loads 12 vec4 for 128 multiply-adds. Rows
// and columns past an edge repeat the last ones and are not written; k past the end count as 0.
// Barriers: two per step, in uniform control flow (the loop depends on the workgroup and the params only).
// Slow on software adapters, which emulate barriers: the register kernels (matmul_nn and others) are for those.
//
// @name matmul_tiled_{layout}
// @each layout vectors strided
// @use matmul/lib/tiles-{layout}.wgsl
// @use lib/products.wgsl
// @use lib/by-workgroup.wgsl

// Of eight rows; column r holds one.
struct Sums {
  top: mat4x4f,
  bottom: mat4x4f,
}

fn add_four(sums: Sums, row_part: u32, column_part: u32, four: u32) -> Sums {
  let columns = four_columns(column_part, four);
  return Sums(
    add_products(sums.top, columns, four_rows(row_part * 2u, four)),
    add_products(sums.bottom, columns, four_rows(row_part * 2u + 1u, four)),
  );
}

fn store_rows(rows: mat4x4f, z: u32, row: u32, column: u32) {
  for (var i = 0u; i < 4u && row + i < params.m; i++) {
    let values = rows[i];
    let at = params.y_offset + (z * params.m + row + i) * params.n + column;
    for (var j = 0u; j < 4u && column + j < params.n; j++) {
      var value = values[j];
      if (params.has_bias != 0u) {
        value += bias[params.bias_offset + column + j];
      }
      y[at + j] = value;
    }
  }
}

fn own(group: u32, thread: u32) {
  let local = min(thread, WORKGROUP_SIZE - 1u);
  let block = block_of(group);
  let first_column = block.column * TILE;
  let first_row = block.row * TILE;
  // all matrices of a batch for the first part of k, then those for the second
  let z = block.z % params.batch_size;
  let k_begin = block.z / params.batch_size * params.k_part;
  if (k_begin >= params.k) {
    return;
  }
  let a_base = params.a_offset + z * params.a_stride_batch;
  let b_base = params.b_offset + z * params.b_stride_batch;
  let k_end = min(k_begin + params.k_part, params.k);

  let column_part = local % 16u;
  let row_part = local / 16u;
  let a_share = array(a_place(local, a_base, first_row), a_place(local + WORKGROUP_SIZE, a_base, first_row));
  let b_share = array(b_place(local, b_base, first_column), b_place(local + WORKGROUP_SIZE, b_base, first_column));
  var sums = Sums();
  for (var k = k_begin; k < k_end; k += STEP) {
    // written out: in a loop each compiler adds a guard against endless ones
    bring_a(local, a_share[0], k, k_end);
    bring_a(local + WORKGROUP_SIZE, a_share[1], k, k_end);
    bring_b(local, b_share[0], k, k_end);
    bring_b(local + WORKGROUP_SIZE, b_share[1], k, k_end);
    workgroupBarrier();
    sums = add_four(sums, row_part, column_part, 0u);
    sums = add_four(sums, row_part, column_part, 1u);
    sums = add_four(sums, row_part, column_part, 2u);
    sums = add_four(sums, row_part, column_part, 3u);
    workgroupBarrier();
  }

  let row = first_row + 8u * row_part;
  let column = first_column + 4u * column_part;
  store_rows(sums.top, block.z, row, column);
  store_rows(sums.bottom, block.z, row + 4u, column);
}
