// The step of a GRU that resets after its products: gates and new state, of one unit or of four (see lib/real.wgsl).
//
//   r = σ(p_r + h · w_rᵀ + b_r)      z = σ(p_z + h · w_zᵀ + b_z)      q = h · w_nᵀ + b_n
//   n = tanh(p_n + r ∘ q)           h' = (1 − z) ∘ n + z ∘ h
//
// projected  [time, batch, 3 · hidden]: p_r p_z p_n = x · weight_ihᵀ + b_ih
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// bias_hh    [3 · hidden]: b_r b_z b_n (has_bias)
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// gates      [time, batch, 4 · hidden]: receives r z n q; zeros past a sequence's end
//
// @let sums=3 quads=3 gates=several
// @use lib/real.wgsl
// @use recurrent/lib/forward.wgsl
// @use recurrent/lib/finish.wgsl
// @use recurrent/lib/bias.wgsl

const GATES: u32 = 3;
const SUMS: u32 = 3;
const SAVED: u32 = 4;

var<storage, read_write> gates: array<Real>;

// From the products of one batch row; gives the new h.
fn finish_unit(step: Step, row: u32, unit: u32, sums: Sums) -> Real {
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  let h_before = h_history[step.h_read + at];
  let projected_at = step.projected + row * GATES * width + unit;
  let bias_at = params.bias_hh_offset / WIDTH + unit;
  // no branches: SwiftShader runs through both sides, and mends all that either sets
  let has_bias = params.has_bias != 0u;
  let r = sigmoid(sums[0] + select(Real(), bias_hh[bias_at], has_bias) + projected[projected_at]);
  let z = sigmoid(sums[1] + select(Real(), bias_hh[bias_at + width], has_bias) + projected[projected_at + width]);
  let q = sums[2] + select(Real(), bias_hh[bias_at + 2u * width], has_bias);
  let n = safe_tanh(projected[projected_at + 2u * width] + r * q);
  // a row that has ended keeps its state, and its gates are 0
  let goes_on = step.time < end_of(row);
  let h = select(h_before, n + z * (h_before - n), goes_on);
  h_history[step.h_write + at] = h;
  let gates_at = params.gates_offset / WIDTH + step.saved + row * SAVED * width + unit;
  gates[gates_at] = select(Real(), r, goes_on);
  gates[gates_at + width] = select(Real(), z, goes_on);
  gates[gates_at + 2u * width] = select(Real(), n, goes_on);
  gates[gates_at + 3u * width] = select(Real(), q, goes_on);
  return h;
}
