// A step of a GRU that resets before its product, in registers. Made for software adapters.
// The cell's file says what is computed.
//
// One workgroup owns 8 whole batch rows (in the variant `row` one), because s of all units is needed for each unit: its
// threads leave it in gates for each other. One thread owns every WORKGROUP_SIZE-th four units of all of these rows, as
// 4 × 4 blocks whose column r is row r. Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @software
// @name gru_before_rows_forward
// @use recurrent/cells/gru_before/forward.wgsl
// @use recurrent/gru_before/lib/forward-half.wgsl
// @use recurrent/gru_before/lib/rows.wgsl

// Rows past the batch repeat the last one and are not stored.
fn eight_rows(step: Step, row: u32, local: u32) {
  let hidden4 = params.hidden_size / 4u;
  let h_base = step.h_read;
  let h_last = h_base + (params.batch_size - 1u) * hidden4;
  let h0 = h_base + row * hidden4;
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  let h4 = min(h3 + hidden4, h_last);
  let h5 = min(h4 + hidden4, h_last);
  let h6 = min(h5 + hidden4, h_last);
  let h7 = min(h6 + hidden4, h_last);
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
    let w_z = w_r + params.hidden_size * hidden4;
    var r_top = mat4x4<f32>();
    var z_top = mat4x4<f32>();
    var r_bottom = mat4x4<f32>();
    var z_bottom = mat4x4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let top = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
      let bottom = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
      let weights_r = transpose(four_rows_of_weights(w_r + k));
      let weights_z = transpose(four_rows_of_weights(w_z + k));
      r_top += weights_r * top;
      r_bottom += weights_r * bottom;
      z_top += weights_z * top;
      z_bottom += weights_z * bottom;
    }
    var r_sums = rows_of(r_top, r_bottom);
    var z_sums = rows_of(z_top, z_bottom);
    for (var i = 0u; i < 8u; i++) {
      finish_gates(step, row + i, unit4, r_sums[i], z_sums[i]);
    }
  }
  storageBarrier();
  half_of_eight_rows(step, candidate_half(step), row, local);
}

fn one_row(step: Step, row: u32, local: u32) {
  let hidden4 = params.hidden_size / 4u;
  let h_at = step.h_read + row * hidden4;
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
    let w_z = w_r + params.hidden_size * hidden4;
    var sum_r = vec4<f32>();
    var sum_z = vec4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let h = h_history[h_at + k];
      sum_r += transpose(four_rows_of_weights(w_r + k)) * h;
      sum_z += transpose(four_rows_of_weights(w_z + k)) * h;
    }
    finish_gates(step, row, unit4, sum_r, sum_z);
  }
  storageBarrier();
  half_of_one_row(step, candidate_half(step), row, local);
}
