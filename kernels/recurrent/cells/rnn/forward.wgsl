// An Elman RNN's step past its product: the new state, of one unit or of four (see lib/real.wgsl).
//
//   h' = act(projected + h · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [time, batch, hidden]: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
//
// @let sums=1 quads=1x2
// @use recurrent/lib/activation.wgsl
// @use lib/lengths.wgsl
// @use recurrent/lib/forward.wgsl

const GATES: u32 = 1;
const SUMS: u32 = 1;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  // Of the first step.
  time: u32,
  steps: u32,
  reverse: u32,
  has_lengths: u32,
  negative_slope: f32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<Real>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<Real>;
@group(0) @binding(4) var<uniform> params: Params;

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  projected: u32,
  h_read: u32,
  h_write: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let h = params.h_history_offset / WIDTH;
  return Step(
    time, params.projected_offset / WIDTH + time * size, h + slot_before(time) * size, h + slot_after(time) * size
  );
}

// From the product of one batch row; gives the new h.
fn finish(step: Step, row: u32, unit: u32, sums: Sums) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
  let at = row * width + unit;
  var h = Real();
  if (step.time < end_of(row)) {
    h = activate(sums[0] + projected[step.projected + at], params.negative_slope);
  } else {
    h = h_history[step.h_read + at];
  }
  h_history[step.h_write + at] = h;
  return h;
}
