// The gates and the new state of a GRU that resets before the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use recurrent/lib/gru-step-forward.wgsl
// @use lib/lengths.wgsl
// @use lib/real.wgsl

// r, z and s of one batch row; 0 past a sequence's end.
fn finish_gates(step: Step, row: u32, unit: u32, sum_r: Real, sum_z: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  var r = Real();
  var z = Real();
  var s = Real();
  if (step.time < end_of(row)) {
    let projected_at = step.projected + row * 3u * width + unit;
    r = sigmoid(sum_r + projected[projected_at]);
    z = sigmoid(sum_z + projected[projected_at + width]);
    s = r * h_history[step.h_read + row * width + unit];
  }
  let gates_at = step.gates + row * 4u * width + unit;
  gates[gates_at] = r;
  gates[gates_at + width] = z;
  gates[gates_at + 3u * width] = s;
}

// Candidate and new state of one batch row.
fn finish_candidate(step: Step, row: u32, unit: u32, sum_n: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  let h = h_history[step.h_read + at];
  let gates_at = step.gates + row * 4u * width + unit;
  var n = Real();
  var h_new = h;
  if (step.time < end_of(row)) {
    n = safe_tanh(sum_n + projected[step.projected + (row * 3u + 2u) * width + unit]);
    h_new = n + gates[gates_at + width] * (h - n);
  }
  gates[gates_at + 2u * width] = n;
  h_history[step.h_write + at] = h_new;
}
