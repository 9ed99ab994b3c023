// An LSTM's step past its products: the gates and the new state, of one unit or of four (see lib/real.wgsl).
//
//   z = projected + h · weight_hhᵀ + bias_hh    [batch, 4 · hidden], gate order i f g o
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
//   c' = f ∘ c + i ∘ g                      h' = o ∘ tanh(c')
//
// projected  [time, batch, 4 · hidden]: x · weight_ihᵀ + bias_ih, or both biases
// weight_hh  [4 · hidden, hidden]
// bias_hh    [4 · hidden] (has_bias)
// lengths    [batch]: rows with time >= lengths[row] keep h and c (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// c_history  likewise
// gates      [time, batch, 4 · hidden]: receives i f g o after their activation; past a sequence's end whatever comes
//
// @let sums=4 quads=4 gates=several
// @also plain PLAIN=true
// @use lib/real.wgsl
// @use recurrent/lib/forward.wgsl
// @use recurrent/lib/finish.wgsl
// @use recurrent/lib/bias.wgsl

const GATES: u32 = 4;
const SUMS: u32 = 4;
const SAVED: u32 = 4;
// Neither a bias by itself nor lengths: SwiftShader runs through both sides of a branch, whether it is taken or not.
override PLAIN: bool = false;

var<storage, read_write> gates: array<Real>;
var<storage, read_write> c_history: array<Real>;

// From the products of one batch row; gives the new h.
fn finish_unit(step: Step, row: u32, unit: u32, sums: Sums) -> Real {
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  let z_at = row * GATES * width + unit;
  let projected_at = step.projected + z_at;
  var z_i = sums[0] + projected[projected_at];
  var z_f = sums[1] + projected[projected_at + width];
  var z_g = sums[2] + projected[projected_at + 2u * width];
  var z_o = sums[3] + projected[projected_at + 3u * width];
  if (!PLAIN && params.has_bias != 0u) {
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
  let c_at = params.c_history_offset / WIDTH + at;
  let size = params.batch_size * width;
  let c_before = c_history[c_at + slot_before(step.time) * size];
  var c = f * c_before + i * g;
  var h = o * safe_tanh(c);
  if (!PLAIN && step.time >= end_of(row)) {
    c = c_before;
    h = h_history[step.h_read + at];
  }
  c_history[c_at + slot_after(step.time) * size] = c;
  h_history[step.h_write + at] = h;
  let gates_at = params.gates_offset / WIDTH + step.saved + z_at;
  gates[gates_at] = i;
  gates[gates_at + width] = f;
  gates[gates_at + 2u * width] = g;
  gates[gates_at + 3u * width] = o;
  return h;
}
