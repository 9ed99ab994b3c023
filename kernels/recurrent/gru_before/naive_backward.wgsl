// The gradient of a step of a GRU that resets before its product, the readable baseline.
// The cell's file says what is computed.
//
// One workgroup owns a whole batch row, because dn of all units is needed for each unit: its threads leave it in
// d_gates for each other. One thread owns every WORKGROUP_SIZE-th unit. Dispatch batch workgroups, folded into (x,
// y) past 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
//
// @name gru_before_naive_backward
// @use recurrent/cells/gru_before/backward.wgsl
// @use recurrent/gru_before/lib/naive.wgsl

fn own(row: u32, local: u32) {
  if (row >= params.batch_size) {
    return;
  }
  let step = step_at(time_of(0u));
  let width = params.hidden_size;
  let d_at = step.d_gates_read + row * 3u * width;
  let steps = select(0u, 2u * width, step.recurrent);
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + unit;
    var sum = 0.0;
    for (var k = 0u; k < steps; k++) {
      sum += d_gates[d_at + k] * weight(w_at + k * width);
    }
    finish_candidate(step, row, unit, sum);
  }
  storageBarrier();
  let dn_at = step.d_gates_write + (row * 3u + 2u) * width;
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + 2u * width * width + unit;
    var sum = 0.0;
    for (var k = 0u; k < width; k++) {
      sum += d_gates[dn_at + k] * weight(w_at + k * width);
    }
    finish_reset(step, row, unit, sum);
  }
}
