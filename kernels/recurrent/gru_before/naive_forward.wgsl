// A step of a GRU that resets before its product, the readable baseline.
// The cell's file says what is computed.
//
// One workgroup owns a whole batch row, because s of all units is needed for each unit: its threads leave it in gates
// for each other. One thread owns every WORKGROUP_SIZE-th unit. Dispatch batch workgroups, folded into (x, y) past 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
//
// @name gru_before_naive_forward
// @use recurrent/cells/gru_before/forward.wgsl
// @use recurrent/gru_before/lib/naive.wgsl

fn own(row: u32, local: u32) {
  if (row >= params.batch_size) {
    return;
  }
  let step = step_at(time_of(0u));
  let width = params.hidden_size;
  let h_at = step.h_read + row * width;
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + unit * width;
    var sum_r = 0.0;
    var sum_z = 0.0;
    for (var k = 0u; k < width; k++) {
      let h = h_history[h_at + k];
      sum_r += h * weight(w_at + k);
      sum_z += h * weight(w_at + width * width + k);
    }
    finish_gates(step, row, unit, sum_r, sum_z);
  }
  storageBarrier();
  let s_at = params.gates_offset / WIDTH + step.saved + (row * 4u + 3u) * width;
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + (2u * width + unit) * width;
    var sum = 0.0;
    for (var k = 0u; k < width; k++) {
      sum += gates[s_at + k] * weight(w_at + k);
    }
    finish_candidate(step, row, unit, sum);
  }
}
