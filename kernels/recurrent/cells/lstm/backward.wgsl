// The gradient of an LSTM's step past its product: that of the gates and dL/dc, of one unit or of four (see lib/real.wgsl).
//
//   dh   = d_hs + d_h_last + d_gates(following) · weight_hh      (what arrives)
//   dc   = d_c + dh ∘ o ∘ (1 − tanh²(c))
//   dz_i = dc ∘ g ∘ i(1 − i)      dz_f = dc ∘ c_before ∘ f(1 − f)
//   dz_g = dc ∘ i ∘ (1 − g²)      dz_o = dh ∘ tanh(c) ∘ o(1 − o)
//   d_c  = dc ∘ f
//
// weight_hh  [4 · hidden, hidden]
// gates      [time, batch, 4 · hidden]: i f g o after activation
// c_history  [time + 1, batch, hidden]: step t went from slot t to slot t + 1, with reverse = 1 the other way round
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h (has_d_h_last)
// lengths    [batch]: rows with time >= lengths[row] took no step (has_lengths)
// d_c        [batch, hidden]: dL/dc of this step on entry, of the step before it in the recurrence on exit
// d_gates    [time, batch, 4 · hidden]: gradients before activation; the following step's are read, this one's written
//
// @let sums=1 quads=1x2 gates=several
// @use lib/real.wgsl
// @use recurrent/lib/backward.wgsl
// @use recurrent/lib/finish.wgsl
// @use recurrent/lib/last-gradient.wgsl

const GATES: u32 = 4;
const SUMS: u32 = 1;
const SAVED: u32 = 4;

var<storage, read> gates: array<Real>;
var<storage, read> c_history: array<Real>;
var<storage, read_write> d_c: array<Real>;

// From the product of one batch row; gives d_gates.
fn finish_unit(step: Step, row: u32, unit: u32, sums: Sums) -> Gradients {
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  let z_at = row * GATES * width + unit;
  let end = end_of(row);
  // no branches: SwiftShader runs through both sides, and mends all that either sets
  let dh = sums[0] + select(Real(), d_hs[step.d_hs + at], params.has_d_hs != 0u)
    + select(Real(), d_h_last[params.d_h_last_offset / WIDTH + at], params.has_d_h_last != 0u && is_last(step.time, end));
  let gates_at = params.gates_offset / WIDTH + step.saved + z_at;
  let i = gates[gates_at];
  let f = gates[gates_at + width];
  let g = gates[gates_at + 2u * width];
  let o = gates[gates_at + 3u * width];
  let c_at = params.c_history_offset / WIDTH + at;
  let tanh_c = safe_tanh(c_history[c_at + step.after]);
  let d_c_at = params.d_c_offset / WIDTH + at;
  let d_c_before = d_c[d_c_at];
  let dc = d_c_before + dh * o * (1.0 - tanh_c * tanh_c);
  // past its end a row only hands dc on
  let goes_on = step.time < end;
  d_c[d_c_at] = select(d_c_before, dc * f, goes_on);
  let d = Gradients(
    select(Real(), dc * g * i * (1.0 - i), goes_on),
    select(Real(), dc * c_history[c_at + step.before] * f * (1.0 - f), goes_on),
    select(Real(), dc * i * (1.0 - g * g), goes_on),
    select(Real(), dh * tanh_c * o * (1.0 - o), goes_on)
  );
  let write_at = step.d_gates_write + z_at;
  d_gates[write_at] = d[0];
  d_gates[write_at + width] = d[1];
  d_gates[write_at + 2u * width] = d[2];
  d_gates[write_at + 3u * width] = d[3];
  return d;
}
