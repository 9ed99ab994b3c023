// An Elman RNN's step past its product: the new state, of one unit or of four (see lib/real.wgsl).
//
//   h' = act(projected + h · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [time, batch, hidden]: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
//
// @let sums=1 quads=1x2 gates=one
// @use recurrent/lib/activation.wgsl
// @use recurrent/lib/forward.wgsl
// @use recurrent/lib/finish.wgsl

const GATES: u32 = 1;
const SUMS: u32 = 1;
const SAVED: u32 = 0;

struct Params {
  negative_slope: f32,
}

// From the product of one batch row; gives the new h.
fn finish_unit(step: Step, row: u32, unit: u32, sums: Sums) -> Real {
  let width = params.hidden_size / WIDTH;
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
