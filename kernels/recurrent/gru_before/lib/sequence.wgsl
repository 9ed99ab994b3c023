// A half of a step of a GRU that resets before its product, shared by quads: the four threads of a workgroup own 16 whole batch
// rows, in the variant `low` 8, and go through 32 units at a time.
//
// The kernel has load_numbers, load_weights and weights_at (see rows.wgsl); finish_half takes a sum. In own_step it goes
// through both halves, a barrier between them.
//
// @use recurrent/gru_before/lib/half.wgsl
// @use lib/quads.wgsl
// @use lib/by-workgroup.wgsl
// @requires subgroups
// @variant low ROWS=8

const WORKGROUP_SIZE: u32 = 4;

// Batch rows per workgroup: 16 or 8.
override ROWS: u32 = 16u;

// Rows and units past the edge repeat the last ones and are not stored.
fn half_of_rows(step: Step, half: Half, row: u32, lane: u32) {
  let hidden4 = params.hidden_size / 4u;
  let last = half.first + (params.batch_size - 1u) * half.stride;
  let x0 = min(half.first + (row + lane) * half.stride, last);
  let x1 = min(x0 + 4u * half.stride, last);
  let x2 = min(x1 + 4u * half.stride, last);
  let x3 = min(x2 + 4u * half.stride, last);
  for (var block = 0u; block < hidden4; block += 8u) {
    let left_unit4 = block + lane;
    let w_left = weights_at(half, min(left_unit4, hidden4 - 1u));
    let w_right = weights_at(half, min(left_unit4 + 4u, hidden4 - 1u));
    var left0 = mat4x4<f32>();
    var right0 = mat4x4<f32>();
    var left1 = mat4x4<f32>();
    var right1 = mat4x4<f32>();
    var left2 = mat4x4<f32>();
    var right2 = mat4x4<f32>();
    var left3 = mat4x4<f32>();
    var right3 = mat4x4<f32>();
    for (var k = 0u; k < half.count; k++) {
      let left = load_weights(w_left, k);
      let right = load_weights(w_right, k);
      let rows0 = share(load_numbers(x0 + k));
      left0 += left * rows0;
      right0 += right * rows0;
      let rows1 = share(load_numbers(x1 + k));
      left1 += left * rows1;
      right1 += right * rows1;
      if (ROWS == 16u) {
        let rows2 = share(load_numbers(x2 + k));
        left2 += left * rows2;
        right2 += right * rows2;
        let rows3 = share(load_numbers(x3 + k));
        left3 += left * rows3;
        right3 += right * rows3;
      }
    }
    var sums = array<mat4x4<f32>, 8>(left0, left1, left2, left3, right0, right1, right2, right3);
    for (var i = 0u; i < 2u * ROWS; i++) {
      let side = i / ROWS;
      let at = i % ROWS;
      finish_half(step, half, row + (at ^ lane), left_unit4 + 4u * side, sums[4u * side + (at >> 2u)][at & 3u]);
    }
  }
}

fn own(group: u32, lane: u32) {
  let row = group * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  for (var i = 0u; i < params.steps; i++) {
    own_step(step_at(time_of(i)), row, lane);
    storageBarrier();
  }
}
