// The gradients of a GRU that resets before the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  gates: u32,
  h: u32,
  d_hs: u32,
  // Whether there is a step after this one, whose d_projected is read.
  recurrent: bool,
  d_read: u32,
  d_write: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let recurrent = time + 1u < params.seq_len;
  let d_at = params.d_projected_offset / WIDTH;
  return Step(
    time,
    params.gates_offset / WIDTH + time * 4u * size,
    params.h_offset / WIDTH + time * size,
    params.d_hs_offset / WIDTH + time * size,
    recurrent,
    d_at + select(time, time + 1u, recurrent) * 3u * size,
    d_at + time * 3u * size
  );
}

// dn, dz and the direct part of d_h of one batch row; dn and dz are 0 past a sequence's end.
fn finish_candidate(step: Step, row: u32, unit: u32, recurrent: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  var dz = Real();
  var dn = Real();
  if (step.time < end_of(row)) {
    let d_h_at = params.d_h_offset / WIDTH + at;
    var dh = recurrent + d_h[d_h_at];
    if (params.has_d_hs != 0u) {
      dh += d_hs[step.d_hs + at];
    }
    let gates_at = step.gates + row * 4u * width + unit;
    let z = gates[gates_at + width];
    let n = gates[gates_at + 2u * width];
    dn = dh * (1.0 - z) * (1.0 - n * n);
    dz = dh * (h[step.h + at] - n) * z * (1.0 - z);
    d_h[d_h_at] = dh * z;
  }
  let write_at = step.d_write + row * 3u * width + unit;
  d_projected[write_at + width] = dz;
  d_projected[write_at + 2u * width] = dn;
}

// dr and the rest of d_h of one batch row.
fn finish_reset(step: Step, row: u32, unit: u32, ds: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  var dr = Real();
  if (step.time < end_of(row)) {
    let r = gates[step.gates + row * 4u * width + unit];
    dr = ds * h[step.h + at] * r * (1.0 - r);
    d_h[params.d_h_offset / WIDTH + at] += ds * r;
  }
  d_projected[step.d_write + row * 3u * width + unit] = dr;
}
