// The gradient of an Elman RNN's step past its product, of one unit or of four (see lib/real.wgsl).
//
//   dh      = d_hs + d_h_last + d_gates(following) · weight_hh     (what arrives)
//   d_gates = dh ∘ act'(pre), by act's result h            0 past a sequence's end
//
// weight_hh  [hidden, hidden]
// h_history  [time + 1, batch, hidden]: slot t + 1 is the result of step t, with reverse = 1 slot t
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h, added at each row's last step (has_d_h_last)
// lengths    [batch]: rows with time >= lengths[row] took no step (has_lengths)
// d_gates    [time, batch, hidden]: gradients before the activation; of the following step read, of this one written
//
// @let sums=1 quads=1x2 gates=one
// @use recurrent/lib/activation.wgsl
// @use recurrent/lib/backward.wgsl
// @use recurrent/lib/finish.wgsl
// @use recurrent/lib/last-gradient.wgsl

const GATES: u32 = 1;
const SUMS: u32 = 1;
const SAVED: u32 = 0;

struct Params {
  negative_slope: f32,
}

var<storage, read> h_history: array<Real>;

// From the product of one batch row; gives d_gates.
fn finish_unit(step: Step, row: u32, unit: u32, sums: Sums) -> Gradients {
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  var d = Gradients();
  let end = end_of(row);
  if (step.time < end) {
    var dh = sums[0];
    if (params.has_d_hs != 0u) {
      dh += d_hs[step.d_hs + at];
    }
    if (params.has_d_h_last != 0u && is_last(step.time, end)) {
      dh += d_h_last[params.d_h_last_offset / WIDTH + at];
    }
    d = Gradients(dh * derivative(h_history[params.h_history_offset / WIDTH + step.after + at], params.negative_slope));
  }
  d_gates[step.d_gates_write + at] = d[0];
  return d;
}
