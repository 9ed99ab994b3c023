// The new state of an Elman RNN, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl
// @use recurrent/lib/activation.wgsl

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  projected: u32,
  h_read: u32,
  h_write: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let h = params.h_history_offset / WIDTH + time * size;
  return Step(time, params.projected_offset / WIDTH + time * size, h, h + size);
}

// The new state of one batch row, which it gives.
fn finish(step: Step, row: u32, unit: u32, recurrent: Real) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
  let at = row * width + unit;
  var h = Real();
  if (step.time >= end_of(row)) {
    h = h_history[step.h_read + at];
  } else {
    h = activate(recurrent + projected[step.projected + at], params.negative_slope);
  }
  h_history[step.h_write + at] = h;
  return h;
}
