// The gradients of steps of a GRU that resets before its product, in registers, shared by quads. Made for software adapters.
// The cell's file says what is computed.
//
// The four threads of a workgroup are a quad of a subgroup and own together 16 whole batch rows, in the variant `low` 8, because
// dn of all units is needed for each unit: they leave it in d_gates for each other, and go through 32 units at a time. No
// two threads of a quad read the same of the rows, they exchange it. What a step leaves, the next one of the same rows reads, so
// that a workgroup goes through `steps` steps down from `time`.
// Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the threads of
// a workgroup in their order.
//
// @software
// @name gru_before_sequence_backward
// @use recurrent/cells/gru_before/backward.wgsl
// @use recurrent/lib/fours.wgsl
// @use lib/quads.wgsl
// @use lib/by-workgroup.wgsl
// @requires subgroups
// @variant low ROWS=8

enable subgroups;

const WORKGROUP_SIZE: u32 = 4;

// Batch rows per workgroup: 16 or 8.
override ROWS: u32 = 16u;

// What a half of a step multiplies: rows from `first` on, `count` fours of each, by the weights from `weights` on.
struct Half {
  first: u32,
  count: u32,
  weights: u32,
  resets: bool,
}

// First dn, dz and the direct part of d_h, then with `resets` dr and the rest of d_h, of all units, 32 at a time. Rows and units
// past the edge repeat the last ones and are not stored.
fn run(step: Step, half: Half, row: u32, lane: u32) {
  let hidden4 = params.hidden_size / 4u;
  let stride = 3u * hidden4;
  let d_last = half.first + (params.batch_size - 1u) * stride;
  let d0 = min(half.first + (row + lane) * stride, d_last);
  let d1 = min(d0 + 4u * stride, d_last);
  let d2 = min(d1 + 4u * stride, d_last);
  let d3 = min(d2 + 4u * stride, d_last);
  for (var block = 0u; block < hidden4; block += 8u) {
    let left_unit4 = block + lane;
    let w_left = half.weights + min(left_unit4, hidden4 - 1u);
    let w_right = half.weights + min(left_unit4 + 4u, hidden4 - 1u);
    var left0 = mat4x4<f32>();
    var right0 = mat4x4<f32>();
    var left1 = mat4x4<f32>();
    var right1 = mat4x4<f32>();
    var left2 = mat4x4<f32>();
    var right2 = mat4x4<f32>();
    var left3 = mat4x4<f32>();
    var right3 = mat4x4<f32>();
    for (var k = 0u; k < half.count; k++) {
      let left = four_rows_of_weights(w_left + k * params.hidden_size);
      let right = four_rows_of_weights(w_right + k * params.hidden_size);
      let rows0 = share(d_gates[d0 + k]);
      left0 += left * rows0;
      right0 += right * rows0;
      let rows1 = share(d_gates[d1 + k]);
      left1 += left * rows1;
      right1 += right * rows1;
      if (ROWS == 16u) {
        let rows2 = share(d_gates[d2 + k]);
        left2 += left * rows2;
        right2 += right * rows2;
        let rows3 = share(d_gates[d3 + k]);
        left3 += left * rows3;
        right3 += right * rows3;
      }
    }
    var sums = array<mat4x4<f32>, 8>(left0, left1, left2, left3, right0, right1, right2, right3);
    for (var i = 0u; i < 2u * ROWS; i++) {
      let side = i / ROWS;
      let at = i % ROWS;
      let sum = sums[4u * side + (at >> 2u)][at & 3u];
      if (half.resets) {
        finish_reset(step, row + (at ^ lane), left_unit4 + 4u * side, sum);
      } else {
        finish_candidate(step, row + (at ^ lane), left_unit4 + 4u * side, sum);
      }
    }
  }
}

fn own(group: u32, lane: u32) {
  let row = group * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  let hidden4 = params.hidden_size / 4u;
  let weights = params.weight_hh_offset / 4u;
  let weights_n = weights + 2u * params.hidden_size * hidden4;
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(time_of(i));
    run(step, Half(step.d_gates_read, select(0u, 2u * hidden4, step.recurrent), weights, false), row, lane);
    storageBarrier();
    run(step, Half(step.d_gates_write + 2u * hidden4, hidden4, weights_n, true), row, lane);
    storageBarrier();
  }
}
