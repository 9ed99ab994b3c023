// The matmul of an LSTM's step in registers, for the kernels of one step and of a whole sequence on software adapters.
//
// One thread owns 4 hidden units of ROWS batch rows: a 4 × 4 block per gate and four rows, column r is row r, so that a
// step of four k is `block += weights · rows`. Bindings are vec4.
//
// @use recurrent/lib/lstm-forward.wgsl
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

// Rows past the edge repeat the last ones and are not stored.
// Two gates at a time: with all four the accumulators and operands spill (1.4 times slower at hidden 128). The pairs are a
// loop: written out, they take twice as long to compile.
fn eight_rows(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let gate_stride = params.hidden_size * hidden4;
  let w = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = step.h_read + row * hidden4;
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  let h4 = min(h3 + hidden4, h_last);
  let h5 = min(h4 + hidden4, h_last);
  let h6 = min(h5 + hidden4, h_last);
  let h7 = min(h6 + hidden4, h_last);
  // of gates i f g o
  var sums: array<array<vec4<f32>, 8>, 4>;
  for (var pair = 0u; pair < 4u; pair += 2u) {
    let w_first = w + pair * gate_stride;
    let w_second = w_first + gate_stride;
    var first_top = mat4x4<f32>();
    var second_top = mat4x4<f32>();
    var first_bottom = mat4x4<f32>();
    var second_bottom = mat4x4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let h_top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
      let h_bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
      let first = transpose(load_weights(w_first + k, hidden4));
      let second = transpose(load_weights(w_second + k, hidden4));
      first_top += first * h_top;
      first_bottom += first * h_bottom;
      second_top += second * h_top;
      second_bottom += second * h_bottom;
    }
    sums[pair] = rows_of(first_top, first_bottom);
    sums[pair + 1u] = rows_of(second_top, second_bottom);
  }
  for (var i = 0u; i < 8u; i++) {
    finish(step, row + i, unit4, sums[0][i], sums[1][i], sums[2][i], sums[3][i]);
  }
}

// 4 hidden units of 4 batch rows.
fn four_rows(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let gate_stride = params.hidden_size * hidden4;
  let w_i = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_f = w_i + gate_stride;
  let w_g = w_f + gate_stride;
  let w_o = w_g + gate_stride;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = step.h_read + row * hidden4;
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  var z_i = mat4x4<f32>();
  var z_f = mat4x4<f32>();
  var z_g = mat4x4<f32>();
  var z_o = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    z_i += transpose(load_weights(w_i + k, hidden4)) * h;
    z_f += transpose(load_weights(w_f + k, hidden4)) * h;
    z_g += transpose(load_weights(w_g + k, hidden4)) * h;
    z_o += transpose(load_weights(w_o + k, hidden4)) * h;
  }
  for (var i = 0u; i < 4u; i++) {
    finish(step, row + i, unit4, z_i[i], z_f[i], z_g[i], z_o[i]);
  }
}

// 4 hidden units of one batch row.
fn one_row(step: Step, row: u32, unit4: u32) {
  let hidden4 = params.hidden_size / 4u;
  let gate_stride = params.hidden_size * hidden4;
  let w_i = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
  let w_f = w_i + gate_stride;
  let w_g = w_f + gate_stride;
  let w_o = w_g + gate_stride;
  let h0 = step.h_read + row * hidden4;
  var z_i = vec4<f32>();
  var z_f = vec4<f32>();
  var z_g = vec4<f32>();
  var z_o = vec4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let h = h_history[h0 + k];
    z_i += transpose(load_weights(w_i + k, hidden4)) * h;
    z_f += transpose(load_weights(w_f + k, hidden4)) * h;
    z_g += transpose(load_weights(w_g + k, hidden4)) * h;
    z_o += transpose(load_weights(w_o + k, hidden4)) * h;
  }
  finish(step, row, unit4, z_i, z_f, z_g, z_o);
}
