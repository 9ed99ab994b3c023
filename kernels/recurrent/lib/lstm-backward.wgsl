// One step of an LSTM's gradient past its matmul: the gates' gradients and dL/dc, of one unit or of four (see
// lib/real.wgsl).
//
// @use lib/real.wgsl

// Where a step reads and writes, in elements of the bindings.
struct Step {
  gates: u32,
  c_before: u32,
  c_after: u32,
  d_hs: u32,
  // Of the step that came after this one in the forward pass; the last step of all has none.
  recurrent: bool,
  d_gates_read: u32,
  d_gates_write: u32,
}

// With reverse = 1 the forward pass ran down in time: the step of a time read slot time + 1 of c and wrote slot time.
fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let following = time + 1u - 2u * params.reverse; // below 0 it is far beyond seq_len
  let recurrent = following < params.seq_len;
  let c = params.c_history_offset / WIDTH;
  let d_gates_at = params.d_gates_offset / WIDTH;
  return Step(
    params.gates_offset / WIDTH + time * 4u * size,
    c + (time + params.reverse) * size,
    c + (time + 1u - params.reverse) * size,
    params.d_hs_offset / WIDTH + time * size,
    recurrent,
    d_gates_at + select(time, following, recurrent) * 4u * size,
    d_gates_at + time * 4u * size
  );
}

struct Gradients {
  i: Real,
  f: Real,
  g: Real,
  o: Real,
}

// From the recurrent part of dh of one batch row; gives d_gates.
fn finish(step: Step, row: u32, unit: u32, recurrent: Real) -> Gradients {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Gradients();
  }
  let at = row * width + unit;
  // no branches: SwiftShader runs through both sides, and mends all that either sets
  let dh = recurrent + select(Real(), d_hs[step.d_hs + at], params.has_d_hs != 0u)
    + select(Real(), d_h_last[params.d_h_last_offset / WIDTH + at], params.has_d_h_last != 0u && !step.recurrent);
  let z_at = row * 4u * width + unit;
  let gates_at = step.gates + z_at;
  let i = gates[gates_at];
  let f = gates[gates_at + width];
  let g = gates[gates_at + 2u * width];
  let o = gates[gates_at + 3u * width];
  let c_before = c_history[step.c_before + at];
  let tanh_c = safe_tanh(c_history[step.c_after + at]);
  let d_c_at = params.d_c_offset / WIDTH + at;
  let dc = d_c[d_c_at] + dh * o * (1.0 - tanh_c * tanh_c);
  d_c[d_c_at] = dc * f;
  let write_at = step.d_gates_write + z_at;
  let d = Gradients(
    dc * g * i * (1.0 - i), dc * c_before * f * (1.0 - f), dc * i * (1.0 - g * g), dh * tanh_c * o * (1.0 - o)
  );
  d_gates[write_at] = d.i;
  d_gates[write_at + width] = d.f;
  d_gates[write_at + 2u * width] = d.g;
  d_gates[write_at + 3u * width] = d.o;
  return d;
}
