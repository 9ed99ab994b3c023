// The gradient of an Elman RNN before its activation, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl
// @use recurrent/lib/activation.wgsl

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  h: u32,
  d_hs: u32,
  // Whether there is a step after this one, whose d_pre is read.
  recurrent: bool,
  d_pre_read: u32,
  d_pre_write: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let recurrent = time + 1u < params.seq_len;
  let d_pre_at = params.d_pre_offset / WIDTH;
  return Step(
    time,
    params.h_offset / WIDTH + (time + 1u) * size,
    params.d_hs_offset / WIDTH + time * size,
    recurrent,
    d_pre_at + select(time, time + 1u, recurrent) * size,
    d_pre_at + time * size
  );
}

// The gradient of one batch row, which it gives.
fn finish(step: Step, row: u32, unit: u32, recurrent: Real) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
  let at = row * width + unit;
  let write_at = step.d_pre_write + at;
  let end = end_of(row);
  if (step.time >= end) {
    d_pre[write_at] = Real();
    return Real();
  }
  var dh = recurrent;
  if (params.has_d_hs != 0u) {
    dh += d_hs[step.d_hs + at];
  }
  if (params.has_d_h_last != 0u && step.time + 1u == end) {
    dh += d_h_last[params.d_h_last_offset / WIDTH + at];
  }
  let d = dh * derivative(h[step.h + at], params.negative_slope);
  d_pre[write_at] = d;
  return d;
}
