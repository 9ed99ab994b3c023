// One step of an LSTM past its matmul: the gates and the new state, of one unit or of four (see lib/real.wgsl).
//
// @use lib/real.wgsl

// Whether there may be a recurrent bias. SwiftShader runs through both sides of a branch.
override BIASED: bool = true;

// Where a step reads and writes, in elements of the bindings.
struct Step {
  projected: u32,
  h_read: u32,
  h_write: u32,
  c_read: u32,
  c_write: u32,
  gates: u32,
}

// With reverse = 1 time runs down: the step of a time reads slot time + 1 of the histories and writes slot time.
fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let before = (time + params.reverse) * size;
  let after = (time + 1u - params.reverse) * size;
  let h = params.h_history_offset / WIDTH;
  let c = params.c_history_offset / WIDTH;
  let gates_at = time * 4u * size;
  return Step(
    params.projected_offset / WIDTH + gates_at, h + before, h + after, c + before, c + after,
    params.gates_offset / WIDTH + gates_at
  );
}

// From the recurrent sums of one batch row; gives the new h.
fn finish(step: Step, row: u32, unit: u32, sum_i: Real, sum_f: Real, sum_g: Real, sum_o: Real) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
  let at = row * width + unit;
  let z_at = row * 4u * width + unit;
  let projected_at = step.projected + z_at;
  var z_i = sum_i + projected[projected_at];
  var z_f = sum_f + projected[projected_at + width];
  var z_g = sum_g + projected[projected_at + 2u * width];
  var z_o = sum_o + projected[projected_at + 3u * width];
  if (BIASED && params.has_bias != 0u) {
    let bias_at = params.bias_hh_offset / WIDTH + unit;
    z_i += bias_hh[bias_at];
    z_f += bias_hh[bias_at + width];
    z_g += bias_hh[bias_at + 2u * width];
    z_o += bias_hh[bias_at + 3u * width];
  }
  let i = sigmoid(z_i);
  let f = sigmoid(z_f);
  let g = safe_tanh(z_g);
  let o = sigmoid(z_o);
  let c = f * c_history[step.c_read + at] + i * g;
  c_history[step.c_write + at] = c;
  let h = o * safe_tanh(c);
  h_history[step.h_write + at] = h;
  let gates_at = step.gates + z_at;
  gates[gates_at] = i;
  gates[gates_at + width] = f;
  gates[gates_at + 2u * width] = g;
  gates[gates_at + 3u * width] = o;
  return h;
}
