// The matmul of a step of an Elman RNN in registers, for the kernels of one step and of a whole sequence on
// software adapters.
//
// One thread owns 8 hidden units of 8 batch rows: four 4 × 4 blocks, column r is row r, so that a step of four k is
// `block += weights · rows`. With ROWS 4 or 1 it owns 4 units. Bindings are vec4.
//
// @use recurrent/lib/rnn-forward.wgsl
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
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = step.h_read + row * hidden4;
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  let h4 = min(h3 + hidden4, h_last);
  let h5 = min(h4 + hidden4, h_last);
  let h6 = min(h5 + hidden4, h_last);
  let h7 = min(h6 + hidden4, h_last);
  let w_left = params.weight_hh_offset / 4u + left_unit4 * params.hidden_size;
  let w_right = params.weight_hh_offset / 4u + min(left_unit4 + 1u, hidden4 - 1u) * params.hidden_size;
  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let left = transpose(load_weights(w_left + k, hidden4));
    let right = transpose(load_weights(w_right + k, hidden4));
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
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
  let w_at = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = step.h_read + row * hidden4;
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  var sums = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    sums += transpose(load_weights(w_at + k, hidden4)) * h;
  }
  for (var i = 0u; i < 4u; i++) {
    finish(step, row + i, unit4, sums[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let h_at = step.h_read + row * hidden4;
  let w_at = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  var sum = vec4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = h_history[h_at + k];
    let weights = transpose(load_weights(w_at + k, hidden4));
    sum += weights * h;
  }
  finish(step, row, unit4, sum);
}
