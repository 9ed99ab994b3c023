// A half of a step of a GRU that resets before its product: the products of whole batch rows with one matrix, in registers. A
// workgroup owns 8 rows, in the variant `row` one, a thread every WORKGROUP_SIZE-th four units of them.
//
// The kernel has load_numbers (four of a row), load_weights (a 4 × 4 block) and weights_at (where those of four units begin).
// In one_row and eight_rows it goes through both halves, a barrier between them, and finish_half takes a sum.
//
// @use recurrent/gru_before/lib/half.wgsl
// @use lib/by-workgroup.wgsl
// @variant row ROWS=1 WORKGROUP_SIZE=64

override WORKGROUP_SIZE: u32 = 32u;
// Batch rows per workgroup: 8 or 1.
override ROWS: u32 = 8u;

// Rows past the batch repeat the last one and are not stored.
fn half_of_eight_rows(step: Step, half: Half, row: u32, local: u32) {
  let last = half.first + (params.batch_size - 1u) * half.stride;
  let x0 = half.first + row * half.stride;
  let x1 = min(x0 + half.stride, last);
  let x2 = min(x1 + half.stride, last);
  let x3 = min(x2 + half.stride, last);
  let x4 = min(x3 + half.stride, last);
  let x5 = min(x4 + half.stride, last);
  let x6 = min(x5 + half.stride, last);
  let x7 = min(x6 + half.stride, last);
  for (var unit4 = local; unit4 < params.hidden_size / 4u; unit4 += WORKGROUP_SIZE) {
    let w_at = weights_at(half, unit4);
    var sums_top = mat4x4<f32>();
    var sums_bottom = mat4x4<f32>();
    for (var k = 0u; k < half.count; k++) {
      let top = mat4x4<f32>(load_numbers(x0 + k), load_numbers(x1 + k), load_numbers(x2 + k), load_numbers(x3 + k));
      let bottom = mat4x4<f32>(load_numbers(x4 + k), load_numbers(x5 + k), load_numbers(x6 + k), load_numbers(x7 + k));
      let weights = load_weights(w_at, k);
      sums_top += weights * top;
      sums_bottom += weights * bottom;
    }
    var sums = rows_of(sums_top, sums_bottom);
    for (var i = 0u; i < 8u; i++) {
      finish_half(step, half, row + i, unit4, sums[i]);
    }
  }
}

fn half_of_one_row(step: Step, half: Half, row: u32, local: u32) {
  let at = half.first + row * half.stride;
  for (var unit4 = local; unit4 < params.hidden_size / 4u; unit4 += WORKGROUP_SIZE) {
    let w_at = weights_at(half, unit4);
    var sum = vec4<f32>();
    for (var k = 0u; k < half.count; k++) {
      sum += load_weights(w_at, k) * load_numbers(at + k);
    }
    finish_half(step, half, row, unit4, sum);
  }
}

fn own(group: u32, local: u32) {
  let row = group * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  if (ROWS == 1u) {
    one_row(step_at(time_of(0u)), row, local);
  } else {
    eight_rows(step_at(time_of(0u)), row, local);
  }
}
