// The body of the matrix products whose a is read once per quad: 32 rows (8 unless TALL) and 32 columns for four threads.
//
// @use matmul/lib/matmul.wgsl
// @use lib/quads.wgsl

override TALL: bool = true;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.x + group.y * groups.x;
  let row = block / params.column_blocks % params.row_blocks * select(8u, 32u, TALL);
  let column = block % params.column_blocks * 32u + 4u * lane;
  let z = block / (params.column_blocks * params.row_blocks);
  if (z >= params.batch_size) {
    return;
  }
  let a_matrix = params.a_offset + z * params.a_stride_batch;
  let place = Place(lane, a_matrix, params.b_offset + z * params.b_stride_batch);
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
  var left0 = mat4x4<f32>();
  var right0 = mat4x4<f32>();
  var left1 = mat4x4<f32>();
  var right1 = mat4x4<f32>();
  var left2 = mat4x4<f32>();
  var right2 = mat4x4<f32>();
  var left3 = mat4x4<f32>();
  var right3 = mat4x4<f32>();
  var left4 = mat4x4<f32>();
  var right4 = mat4x4<f32>();
  var left5 = mat4x4<f32>();
  var right5 = mat4x4<f32>();
  var left6 = mat4x4<f32>();
  var right6 = mat4x4<f32>();
  var left7 = mat4x4<f32>();
  var right7 = mat4x4<f32>();
  for (var k = 0u; k < params.k; k += 4u) {
    let a_now = a_step(place, k);
    let b_now = b_step(place, k);
    let b_left = load_b(left_at, b_now);
    let b_right = load_b(right_at, b_now);
    let a0 = load_a(a0_at, a_now);
    left0 += product(a0, b_left);
    right0 += product(a0, b_right);
    let a1 = load_a(a1_at, a_now);
    left1 += product(a1, b_left);
    right1 += product(a1, b_right);
    if (TALL) {
      let a2 = load_a(a2_at, a_now);
      left2 += product(a2, b_left);
      right2 += product(a2, b_right);
      let a3 = load_a(a3_at, a_now);
      left3 += product(a3, b_left);
      right3 += product(a3, b_right);
      let a4 = load_a(a4_at, a_now);
      left4 += product(a4, b_left);
      right4 += product(a4, b_right);
      let a5 = load_a(a5_at, a_now);
      left5 += product(a5, b_left);
      right5 += product(a5, b_right);
      let a6 = load_a(a6_at, a_now);
      left6 += product(a6, b_left);
      right6 += product(a6, b_right);
      let a7 = load_a(a7_at, a_now);
      left7 += product(a7, b_left);
      right7 += product(a7, b_right);
    }
  }

  var sums = array<mat4x4<f32>, 16>(
    left0, left1, left2, left3, left4, left5, left6, left7, right0, right1, right2, right3, right4, right5, right6, right7
  );
  // one store in a loop: written out, the stores take more of the compile time than the sums
  let rows = select(8u, 32u, TALL);
  for (var side = 0u; side < 2u; side++) {
    let columns = columns_at(column + 16u * side);
    let bias_part = load_bias(columns);
    for (var i = 0u; i < rows; i++) {
      let to = params.y_offset + (z * params.m + row_at(place, row, i)) * params.n;
      store(to, columns, sums[8u * side + i / 4u][i % 4u] + bias_part);
    }
  }
}
