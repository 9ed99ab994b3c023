// The gradients of a GRU that resets after the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  gates: u32,
  h: u32,
  d_hs: u32,
  // Whether there is a step after this one, whose d_hidden is read.
  recurrent: bool,
  d_projected: u32,
  d_hidden_read: u32,
  d_hidden_write: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let recurrent = time + 1u < params.seq_len;
  let d_hidden_at = params.d_hidden_offset / WIDTH;
  return Step(
    time,
    params.gates_offset / WIDTH + time * 4u * size,
    params.h_offset / WIDTH + time * size,
    params.d_hs_offset / WIDTH + time * size,
    recurrent,
    params.d_projected_offset / WIDTH + time * 3u * size,
    d_hidden_at + select(time, time + 1u, recurrent) * 3u * size,
    d_hidden_at + time * 3u * size
  );
}

struct Gradients {
  r: Real,
  z: Real,
  q: Real,
}

// The gradients of one batch row; gives d_hidden.
fn finish(step: Step, row: u32, unit: u32, recurrent: Real) -> Gradients {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Gradients();
  }
  let at = row * width + unit;
  let d_h_at = params.d_h_offset / WIDTH + at;
  let d_h_before = d_h[d_h_at];
  // no branches: SwiftShader runs through both sides, and mends all that either sets
  let dh = recurrent + d_h_before + select(Real(), d_hs[step.d_hs + at], params.has_d_hs != 0u);
  let gates_at = step.gates + row * 4u * width + unit;
  let r = gates[gates_at];
  let z = gates[gates_at + width];
  let n = gates[gates_at + 2u * width];
  // past its end a row only hands dh on
  let goes_on = step.time < end_of(row);
  let dn = select(Real(), dh * (1.0 - z) * (1.0 - n * n), goes_on);
  let dz = select(Real(), dh * (h[step.h + at] - n) * z * (1.0 - z), goes_on);
  let dr = select(Real(), dn * gates[gates_at + 3u * width] * r * (1.0 - r), goes_on);
  let dq = select(Real(), dn * r, goes_on);
  d_h[d_h_at] = select(d_h_before, dh * z, goes_on);
  let projected_at = step.d_projected + row * 3u * width + unit;
  d_projected[projected_at] = dr;
  d_projected[projected_at + width] = dz;
  d_projected[projected_at + 2u * width] = dn;
  let hidden_at = step.d_hidden_write + row * 3u * width + unit;
  d_hidden[hidden_at] = dr;
  d_hidden[hidden_at + width] = dz;
  d_hidden[hidden_at + 2u * width] = dq;
  return Gradients(dr, dz, dq);
}
