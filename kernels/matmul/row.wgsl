// One row times a matrix. Made for software adapters: no workgroup memory, no barriers.
// Formula and bindings: matmul/lib/operands.wgsl. How b lies, and preconditions: matmul/lib/{layout}.wgsl.
//
// Nothing is read twice but the row, so a thread owns as many columns of y as it takes to make that cheap: eight.
// column_blocks = ceil(n / 32), row_blocks = 1; dispatch batch · column_blocks workgroups, folded.
// Precondition: m is 1.
//
// @software
// @name matmul_row_{layout}
// @each layout nn nt
// @use matmul/lib/{layout}.wgsl
// @use lib/by-workgroup.wgsl

const WORKGROUP_SIZE: u32 = 4;

fn own(group: u32, lane: u32) {
  let block = block_of(group);
  if (block.z >= params.batch_size) {
    return;
  }
  let place = place_of(lane, block.z);
  let column = block.column * 32u + lane * 8u;
  let left_at = b_at(place, column);
  let right_at = b_at(place, column + 4u);
  var left = vec4<f32>();
  var right = vec4<f32>();
  for (var k = 0u; k < params.k; k += 4u) {
    let x = a[(place.a + k) / 4u];
    let b_now = b_step(place, k);
    left += x * load_b(left_at, b_now);
    right += x * load_b(right_at, b_now);
  }
  let to = to_row(block.z, 0u);
  let left_columns = columns_at(column);
  let right_columns = columns_at(column + 4u);
  store(to, left_columns, left + load_bias(left_columns));
  store(to, right_columns, right + load_bias(right_columns));
}
