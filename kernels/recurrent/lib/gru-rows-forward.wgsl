// The matmul of a step of a GRU that resets after it in registers, for the kernels of one step and of a whole sequence on
// software adapters.
//
// One thread owns 4 hidden units of ROWS batch rows: a 4 × 4 block per gate and four rows, column r is row r, so that a
// step of four k is `block += weights · rows`. Bindings are vec4.
//
// @use recurrent/lib/gru-forward.wgsl
// @use recurrent/lib/blocks.wgsl

// Batch rows per thread: 8, 4 or 1.
override ROWS: u32 = 8u;

fn own_rows(step: Step, row: u32, unit_block: u32) {
  switch (ROWS) {
    case 1u: { one_row(step, row, unit_block); }
    case 4u: { four_rows(step, row, unit_block); }
    default: { eight_rows(step, row, unit_block); }
  }
}

// 4 hidden units of 8 batch rows. Rows past the edge repeat the last ones and are not stored.
fn eight_rows(step: Step, row: u32, unit4: u32) {
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
  let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_z = w_r + params.hidden_size * hidden4;
  let w_n = w_z + params.hidden_size * hidden4;
  var r_top = mat4x4<f32>();
  var z_top = mat4x4<f32>();
  var q_top = mat4x4<f32>();
  var r_bottom = mat4x4<f32>();
  var z_bottom = mat4x4<f32>();
  var q_bottom = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let weights_r = transpose(load_weights(w_r + k, hidden4));
    r_top += weights_r * top;
    r_bottom += weights_r * bottom;
    let weights_z = transpose(load_weights(w_z + k, hidden4));
    z_top += weights_z * top;
    z_bottom += weights_z * bottom;
  }
  for (var k = 0u; k < hidden4; k++) {
    let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
    let weights_q = transpose(load_weights(w_n + k, hidden4));
    q_top += weights_q * top;
    q_bottom += weights_q * bottom;
  }
  var r_sums = rows_of(r_top, r_bottom);
  var z_sums = rows_of(z_top, z_bottom);
  var q_sums = rows_of(q_top, q_bottom);
  for (var i = 0u; i < 8u; i++) {
    finish(step, row + i, unit4, r_sums[i], z_sums[i], q_sums[i]);
  }
}

// 4 hidden units of 4 batch rows.
fn four_rows(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_z = w_r + params.hidden_size * hidden4;
  let w_n = w_z + params.hidden_size * hidden4;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = step.h_read + row * hidden4;
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  var r = mat4x4<f32>();
  var z = mat4x4<f32>();
  var q = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    r += transpose(load_weights(w_r + k, hidden4)) * h;
    z += transpose(load_weights(w_z + k, hidden4)) * h;
    q += transpose(load_weights(w_n + k, hidden4)) * h;
  }
  for (var i = 0u; i < 4u; i++) {
    finish(step, row + i, unit4, r[i], z[i], q[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let h_at = step.h_read + row * hidden4;
  let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_z = w_r + params.hidden_size * hidden4;
  let w_n = w_z + params.hidden_size * hidden4;
  var sum_r = vec4<f32>();
  var sum_z = vec4<f32>();
  var sum_q = vec4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = h_history[h_at + k];
    sum_r += transpose(load_weights(w_r + k, hidden4)) * h;
    sum_z += transpose(load_weights(w_z + k, hidden4)) * h;
    sum_q += transpose(load_weights(w_n + k, hidden4)) * h;
  }
  finish(step, row, unit4, sum_r, sum_z, sum_q);
}
