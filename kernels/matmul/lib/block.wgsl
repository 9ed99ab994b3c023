// The body of the matrix products in which a thread owns 8 × 8 (16 × 16 if WIDE) elements of y for itself.
//
// @use matmul/lib/matmul.wgsl

override WIDE: bool = false;

const WORKGROUP_SIZE: u32 = 16;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let side = select(8u, 16u, WIDE);
  let row = block / params.column_blocks % params.row_blocks * side;
  let column = block % params.column_blocks * side;
  let z = block / (params.column_blocks * params.row_blocks);
  if (z >= params.batch_size) {
    return;
  }
  let place = Place(0u, params.a_offset + z * params.a_stride_batch, params.b_offset + z * params.b_stride_batch);
  let b0_at = b_at(place, column);
  let b1_at = b_at(place, column + 4u);
  let b2_at = b_at(place, column + 8u);
  let b3_at = b_at(place, column + 12u);
  let a0_at = a_at(place, row);
  let a1_at = a_at(place, row + 4u);
  let a2_at = a_at(place, row + 8u);
  let a3_at = a_at(place, row + 12u);
  // four blocks of 4 × 4 a row
  var sum0 = mat4x4<f32>();
  var sum1 = mat4x4<f32>();
  var sum2 = mat4x4<f32>();
  var sum3 = mat4x4<f32>();
  var sum4 = mat4x4<f32>();
  var sum5 = mat4x4<f32>();
  var sum6 = mat4x4<f32>();
  var sum7 = mat4x4<f32>();
  var sum8 = mat4x4<f32>();
  var sum9 = mat4x4<f32>();
  var sum10 = mat4x4<f32>();
  var sum11 = mat4x4<f32>();
  var sum12 = mat4x4<f32>();
  var sum13 = mat4x4<f32>();
  var sum14 = mat4x4<f32>();
  var sum15 = mat4x4<f32>();
  for (var k = 0u; k < params.k; k += 4u) {
    let a_now = a_step(place, k);
    let b_now = b_step(place, k);
    let b0 = load_b(b0_at, b_now);
    let b1 = load_b(b1_at, b_now);
    let a0 = load_a(a0_at, a_now);
    let a1 = load_a(a1_at, a_now);
    sum0 += product(a0, b0);
    sum1 += product(a0, b1);
    sum4 += product(a1, b0);
    sum5 += product(a1, b1);
    if (WIDE) {
      let b2 = load_b(b2_at, b_now);
      let b3 = load_b(b3_at, b_now);
      let a2 = load_a(a2_at, a_now);
      let a3 = load_a(a3_at, a_now);
      sum2 += product(a0, b2);
      sum3 += product(a0, b3);
      sum6 += product(a1, b2);
      sum7 += product(a1, b3);
      sum8 += product(a2, b0);
      sum9 += product(a2, b1);
      sum10 += product(a2, b2);
      sum11 += product(a2, b3);
      sum12 += product(a3, b0);
      sum13 += product(a3, b1);
      sum14 += product(a3, b2);
      sum15 += product(a3, b3);
    }
  }

  var sums = array<mat4x4<f32>, 16>(
    sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7,
    sum8, sum9, sum10, sum11, sum12, sum13, sum14, sum15,
  );
  // one store in loops: written out, the stores take more of the compile time than the sums
  for (var j = 0u; j < side / 4u; j++) {
    let columns = columns_at(column + 4u * j);
    let bias_part = load_bias(columns);
    for (var i = 0u; i < side; i++) {
      let to = params.y_offset + (z * params.m + row_at(place, row, i)) * params.n;
      store(to, columns, sums[i / 4u * 4u + j][i % 4u] + bias_part);
    }
  }
}
