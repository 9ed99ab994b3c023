// The matmul of a gradient step of a GRU that resets after it in registers, for the kernels of one step and of a whole
// sequence on software adapters.
//
// One thread owns 8 hidden units of 8 batch rows: four 4 × 4 blocks, column r is row r, so that a step of four k is
// `block += weights · rows`. With ROWS 4 or 1 it owns 4 units. Bindings are vec4.
//
// @use recurrent/lib/gru-backward.wgsl
// @use recurrent/lib/blocks.wgsl

// Batch rows per thread: 8, 4 or 1.
override ROWS: u32 = 8u;

fn own_rows(step: Step, row: u32, unit_block: u32) {
  switch (ROWS) {
    case 1u: { one_row(step, row, unit_block); }
    case 4u: { four_rows(step, row, unit_block); }
    default: { eight_rows(step, row, unit_block * 2u); }
  }
}

// 8 hidden units of 8 batch rows. Rows and units past the edge repeat the last ones and are not stored.
fn eight_rows(step: Step, row: u32, left_unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_stride = 3u * hidden4;
  let d_last = step.d_hidden_read + (params.batch_size - 1u) * d_stride;
  let d0 = step.d_hidden_read + row * d_stride;
  let d1 = min(d0 + d_stride, d_last);
  let d2 = min(d1 + d_stride, d_last);
  let d3 = min(d2 + d_stride, d_last);
  let d4 = min(d3 + d_stride, d_last);
  let d5 = min(d4 + d_stride, d_last);
  let d6 = min(d5 + d_stride, d_last);
  let d7 = min(d6 + d_stride, d_last);
  var w_left = params.weight_hh_offset / 4u + left_unit4;
  var w_right = params.weight_hh_offset / 4u + min(left_unit4 + 1u, hidden4 - 1u);
  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();
  let steps = select(0u, d_stride, step.recurrent);
  for (var k = 0u; k < steps; k++) {
    let top = mat4x4<f32>(d_hidden[d0 + k], d_hidden[d1 + k], d_hidden[d2 + k], d_hidden[d3 + k]);
    let bottom = mat4x4<f32>(d_hidden[d4 + k], d_hidden[d5 + k], d_hidden[d6 + k], d_hidden[d7 + k]);
    let left = load_weights(w_left, hidden4);
    let right = load_weights(w_right, hidden4);
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
    w_left += params.hidden_size;
    w_right += params.hidden_size;
  }
  var left_sums = rows_of(top_left, bottom_left);
  var right_sums = rows_of(top_right, bottom_right);
  for (var i = 0u; i < 8u; i++) {
    finish(step, row + i, left_unit4, left_sums[i]);
    finish(step, row + i, left_unit4 + 1u, right_sums[i]);
  }
}

// 4 hidden units of 4 batch rows.
fn four_rows(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_stride = 3u * hidden4;
  let d_last = step.d_hidden_read + (params.batch_size - 1u) * d_stride;
  let d0 = step.d_hidden_read + row * d_stride;
  let d1 = min(d0 + d_stride, d_last);
  let d2 = min(d1 + d_stride, d_last);
  let d3 = min(d2 + d_stride, d_last);
  var w_at = params.weight_hh_offset / 4u + unit4;
  var sums = mat4x4<f32>();
  let steps = select(0u, d_stride, step.recurrent);
  for (var k = 0u; k < steps; k++) {
    let rows = mat4x4<f32>(d_hidden[d0 + k], d_hidden[d1 + k], d_hidden[d2 + k], d_hidden[d3 + k]);
    sums += load_weights(w_at, hidden4) * rows;
    w_at += params.hidden_size;
  }
  for (var i = 0u; i < 4u; i++) {
    finish(step, row + i, unit4, sums[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_at = step.d_hidden_read + row * 3u * hidden4;
  var w_at = params.weight_hh_offset / 4u + unit4;
  let steps = select(0u, 3u * hidden4, step.recurrent);
  var sum = vec4<f32>();
  for (var k = 0u; k < steps; k++) {
    let d = d_hidden[d_at + k];
    let weights = load_weights(w_at, hidden4);
    sum += weights * d;
    w_at += params.hidden_size;
  }
  finish(step, row, unit4, sum);
}
