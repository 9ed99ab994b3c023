// The gradient of a step of a GRU that resets before its product, in registers. Made for software adapters.
// The cell's file says what is computed.
//
// One workgroup owns 8 whole batch rows (in the variant `row` one), because dn of all units is needed for each unit:
// its threads leave it in d_gates for each other. One thread owns every WORKGROUP_SIZE-th four units of all of
// these rows, as 4 × 4 blocks whose column r is row r. Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past
// 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @software
// @name gru_before_rows_backward
// @use recurrent/cells/gru_before/backward.wgsl
// @use recurrent/lib/fours.wgsl
// @use lib/by-workgroup.wgsl
// @variant row ROWS=1 WORKGROUP_SIZE=64


override WORKGROUP_SIZE: u32 = 32u;
// Batch rows per workgroup: 8 or 1.
override ROWS: u32 = 8u;

// Rows past the batch repeat the last one and are not stored.
fn eight_rows(step: Step, row: u32, local: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_base = step.d_gates_read;
  let d_stride = 3u * hidden4;
  let d_last = d_base + (params.batch_size - 1u) * d_stride;
  let d0 = d_base + row * d_stride;
  let d1 = min(d0 + d_stride, d_last);
  let d2 = min(d1 + d_stride, d_last);
  let d3 = min(d2 + d_stride, d_last);
  let d4 = min(d3 + d_stride, d_last);
  let d5 = min(d4 + d_stride, d_last);
  let d6 = min(d5 + d_stride, d_last);
  let d7 = min(d6 + d_stride, d_last);
  let steps = select(0u, 2u * hidden4, step.recurrent);
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + unit4;
    var h_top = mat4x4<f32>();
    var h_bottom = mat4x4<f32>();
    for (var k = 0u; k < steps; k++) {
      let top = mat4x4<f32>(d_gates[d0 + k], d_gates[d1 + k], d_gates[d2 + k], d_gates[d3 + k]);
      let bottom = mat4x4<f32>(d_gates[d4 + k], d_gates[d5 + k], d_gates[d6 + k], d_gates[d7 + k]);
      let weights = four_rows_of_weights(w_at);
      h_top += weights * top;
      h_bottom += weights * bottom;
      w_at += params.hidden_size;
    }
    var h_sums = rows_of(h_top, h_bottom);
    for (var i = 0u; i < 8u; i++) {
      finish_candidate(step, row + i, unit4, h_sums[i]);
    }
  }
  storageBarrier();
  let n_base = step.d_gates_write + 2u * hidden4;
  let n_last = n_base + (params.batch_size - 1u) * d_stride;
  let n0 = n_base + row * d_stride;
  let n1 = min(n0 + d_stride, n_last);
  let n2 = min(n1 + d_stride, n_last);
  let n3 = min(n2 + d_stride, n_last);
  let n4 = min(n3 + d_stride, n_last);
  let n5 = min(n4 + d_stride, n_last);
  let n6 = min(n5 + d_stride, n_last);
  let n7 = min(n6 + d_stride, n_last);
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + 2u * params.hidden_size * hidden4 + unit4;
    var s_top = mat4x4<f32>();
    var s_bottom = mat4x4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let top = mat4x4<f32>(d_gates[n0 + k], d_gates[n1 + k], d_gates[n2 + k], d_gates[n3 + k]);
      let bottom = mat4x4<f32>(d_gates[n4 + k], d_gates[n5 + k], d_gates[n6 + k], d_gates[n7 + k]);
      let weights = four_rows_of_weights(w_at);
      s_top += weights * top;
      s_bottom += weights * bottom;
      w_at += params.hidden_size;
    }
    var s_sums = rows_of(s_top, s_bottom);
    for (var i = 0u; i < 8u; i++) {
      finish_reset(step, row + i, unit4, s_sums[i]);
    }
  }
}

fn one_row(step: Step, row: u32, local: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_at = step.d_gates_read + row * 3u * hidden4;
  let steps = select(0u, 2u * hidden4, step.recurrent);
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + unit4;
    var sum = vec4<f32>();
    for (var k = 0u; k < steps; k++) {
      let d = d_gates[d_at + k];
      let weights = four_rows_of_weights(w_at);
      sum += weights * d;
      w_at += params.hidden_size;
    }
    finish_candidate(step, row, unit4, sum);
  }
  storageBarrier();
  let n_at = step.d_gates_write + (row * 3u + 2u) * hidden4;
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + 2u * params.hidden_size * hidden4 + unit4;
    var sum = vec4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let weights = four_rows_of_weights(w_at);
      sum += weights * d_gates[n_at + k];
      w_at += params.hidden_size;
    }
    finish_reset(step, row, unit4, sum);
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
