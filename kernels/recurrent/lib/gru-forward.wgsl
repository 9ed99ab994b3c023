// The gates and the new state of a GRU that resets after the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use recurrent/lib/gru-step-forward.wgsl
// @use lib/lengths.wgsl
// @use lib/real.wgsl

// Gates and new state of one batch row, from the recurrent sums; gives the new h.
fn finish(step: Step, row: u32, unit: u32, sum_r: Real, sum_z: Real, sum_q: Real) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
  let at = row * width + unit;
  let h = h_history[step.h_read + at];
  let write_at = step.h_write + at;
  let gates_at = step.gates + row * 4u * width + unit;
  let projected_at = step.projected + row * 3u * width + unit;
  let bias_at = params.bias_hh_offset / WIDTH + unit;
  // no branches: SwiftShader runs through both sides, and mends all that either sets
  let has_bias = params.has_bias != 0u;
  let r = sigmoid(sum_r + select(Real(), bias_hh[bias_at], has_bias) + projected[projected_at]);
  let z = sigmoid(sum_z + select(Real(), bias_hh[bias_at + width], has_bias) + projected[projected_at + width]);
  let q = sum_q + select(Real(), bias_hh[bias_at + 2u * width], has_bias);
  let n = safe_tanh(projected[projected_at + 2u * width] + r * q);
  // a row that has ended keeps its state, and its gates are 0
  let goes_on = step.time < end_of(row);
  let h_new = select(h, n + z * (h - n), goes_on);
  h_history[write_at] = h_new;
  gates[gates_at] = select(Real(), r, goes_on);
  gates[gates_at + width] = select(Real(), z, goes_on);
  gates[gates_at + 2u * width] = select(Real(), n, goes_on);
  gates[gates_at + 3u * width] = select(Real(), q, goes_on);
  return h_new;
}
