// The matmul of an LSTM's gradient step in registers, for the kernels of one step and of a whole sequence on software
// adapters.
//
// One thread owns 8 hidden units of 8 batch rows: four 4 × 4 blocks, column r is row r, so that a step of four k is
// `block += weights · rows`. With ROWS 4 or 1 it owns 4 units. Bindings are vec4.
//
// @use recurrent/lib/lstm-backward.wgsl
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
  let d_last = step.d_gates_read + (params.batch_size - 1u) * params.hidden_size;
  let d0 = step.d_gates_read + row * params.hidden_size;
  let d1 = min(d0 + params.hidden_size, d_last);
  let d2 = min(d1 + params.hidden_size, d_last);
  let d3 = min(d2 + params.hidden_size, d_last);
  let d4 = min(d3 + params.hidden_size, d_last);
  let d5 = min(d4 + params.hidden_size, d_last);
  let d6 = min(d5 + params.hidden_size, d_last);
  let d7 = min(d6 + params.hidden_size, d_last);
  var w_left = params.weight_hh_offset / 4u + left_unit4;
  var w_right = params.weight_hh_offset / 4u + min(left_unit4 + 1u, hidden4 - 1u);
  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();
  let steps = select(0u, params.hidden_size, step.recurrent);
  for (var r = 0u; r < steps; r++) {
    let top = mat4x4<f32>(d_gates[d0 + r], d_gates[d1 + r], d_gates[d2 + r], d_gates[d3 + r]);
    let bottom = mat4x4<f32>(d_gates[d4 + r], d_gates[d5 + r], d_gates[d6 + r], d_gates[d7 + r]);
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
  let d_last = step.d_gates_read + (params.batch_size - 1u) * params.hidden_size;
  let d0 = step.d_gates_read + row * params.hidden_size;
  let d1 = min(d0 + params.hidden_size, d_last);
  let d2 = min(d1 + params.hidden_size, d_last);
  let d3 = min(d2 + params.hidden_size, d_last);
  var w_at = params.weight_hh_offset / 4u + unit4;
  var sums = mat4x4<f32>();
  let steps = select(0u, params.hidden_size, step.recurrent);
  for (var r = 0u; r < steps; r++) {
    sums += load_weights(w_at, hidden4) * mat4x4<f32>(d_gates[d0 + r], d_gates[d1 + r], d_gates[d2 + r], d_gates[d3 + r]);
    w_at += params.hidden_size;
  }
  for (var i = 0u; i < 4u; i++) {
    finish(step, row + i, unit4, sums[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d0 = step.d_gates_read + row * params.hidden_size;
  var w_at = params.weight_hh_offset / 4u + unit4;
  var sum = vec4<f32>();
  let steps = select(0u, params.hidden_size, step.recurrent);
  for (var r = 0u; r < steps; r++) {
    let d = d_gates[d0 + r];
    let weights = load_weights(w_at, hidden4);
    sum += weights * d;
    w_at += params.hidden_size;
  }
  finish(step, row, unit4, sum);
}
