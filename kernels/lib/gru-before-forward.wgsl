// The gates and the new state of a GRU that resets before the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl
// @use lib/real.wgsl

// r, z and s of one batch row; 0 past a sequence's end.
fn finish_gates(row: u32, unit: u32, sum_r: Real, sum_z: Real) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size / WIDTH;
  var r = Real();
  var z = Real();
  var s = Real();
  if (params.time < end_of(row)) {
    let projected_at = params.projected_offset / WIDTH + row * 3u * width + unit;
    r = sigmoid(sum_r + projected[projected_at]);
    z = sigmoid(sum_z + projected[projected_at + width]);
    s = r * h_history[(params.h_history_offset + params.h_read) / WIDTH + row * width + unit];
  }
  let gates_at = params.gates_offset / WIDTH + row * 4u * width + unit;
  gates[gates_at] = r;
  gates[gates_at + width] = z;
  gates[gates_at + 3u * width] = s;
}

// Candidate and new state of one batch row.
fn finish_candidate(row: u32, unit: u32, sum_n: Real) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  let h = h_history[(params.h_history_offset + params.h_read) / WIDTH + at];
  let gates_at = params.gates_offset / WIDTH + row * 4u * width + unit;
  var n = Real();
  var h_new = h;
  if (params.time < end_of(row)) {
    n = safe_tanh(sum_n + projected[params.projected_offset / WIDTH + (row * 3u + 2u) * width + unit]);
    h_new = n + gates[gates_at + width] * (h - n);
  }
  gates[gates_at + 2u * width] = n;
  h_history[(params.h_history_offset + params.h_write) / WIDTH + at] = h_new;
}
