// Steps of a GRU that resets before its product, in registers, shared by quads. Made for software adapters.
// The cell's file says what is computed.
//
// The four threads of a workgroup are a quad of a subgroup and own together 16 whole batch rows, in the variant `low` 8, because
// s of all units is needed for each unit: they leave it in gates for each other, and go through 16, then 32, units at a time. No
// two threads of a quad read the same of the rows, they exchange it. What a step leaves, the next one of the same rows reads, so
// that a workgroup goes through `steps` steps from `time` on.
// Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the threads of
// a workgroup in their order.
//
// @software
// @name gru_before_sequence_forward
// @use recurrent/cells/gru_before/forward.wgsl
// @use recurrent/gru_before/lib/forward-half.wgsl
// @use recurrent/gru_before/lib/sequence.wgsl

enable subgroups;

// r, z and s of all units, 16 at a time. Rows and units past the edge repeat the last ones and are not stored.
fn gates_of(step: Step, row: u32, lane: u32) {
  let hidden4 = params.hidden_size / 4u;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = min(step.h_read + (row + lane) * hidden4, h_last);
  let h1 = min(h0 + 4u * hidden4, h_last);
  let h2 = min(h1 + 4u * hidden4, h_last);
  let h3 = min(h2 + 4u * hidden4, h_last);
  for (var block = 0u; block < hidden4; block += 4u) {
    let unit4 = block + lane;
    let w_r = params.weight_hh_offset / 4u + min(unit4, hidden4 - 1u) * params.hidden_size;
    let w_z = w_r + params.hidden_size * hidden4;
    var r0 = mat4x4<f32>();
    var z0 = mat4x4<f32>();
    var r1 = mat4x4<f32>();
    var z1 = mat4x4<f32>();
    var r2 = mat4x4<f32>();
    var z2 = mat4x4<f32>();
    var r3 = mat4x4<f32>();
    var z3 = mat4x4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let r = transpose(four_rows_of_weights(w_r + k));
      let z = transpose(four_rows_of_weights(w_z + k));
      let rows0 = share(h_history[h0 + k]);
      r0 += r * rows0;
      z0 += z * rows0;
      let rows1 = share(h_history[h1 + k]);
      r1 += r * rows1;
      z1 += z * rows1;
      if (ROWS == 16u) {
        let rows2 = share(h_history[h2 + k]);
        r2 += r * rows2;
        z2 += z * rows2;
        let rows3 = share(h_history[h3 + k]);
        r3 += r * rows3;
        z3 += z * rows3;
      }
    }
    var r_sums = array<mat4x4<f32>, 4>(r0, r1, r2, r3);
    var z_sums = array<mat4x4<f32>, 4>(z0, z1, z2, z3);
    for (var i = 0u; i < ROWS; i++) {
      let at = i >> 2u;
      finish_gates(step, row + (i ^ lane), unit4, r_sums[at][i & 3u], z_sums[at][i & 3u]);
    }
  }
}

fn own_step(step: Step, row: u32, lane: u32) {
  gates_of(step, row, lane);
  storageBarrier();
  half_of_rows(step, candidate_half(step), row, lane);
}
