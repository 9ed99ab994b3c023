// The gradient of a step of a GRU that resets after its products, of one unit or of four (see lib/real.wgsl).
//
//   dh   = d_h + d_hs + d_gates(following) · weight_hh    (what arrives)
//   dn   = dh ∘ (1 − z) ∘ (1 − n²)     dz = dh ∘ (h − n) ∘ z(1 − z)     dr = dn ∘ q ∘ r(1 − r)
//   d_projected = dr dz dn             d_gates = dr dz dn∘r             d_h = dh ∘ z
//
// Past a sequence's end d_projected and d_gates are 0 and d_h stays, so that the final h's gradient enters at each row's
// last step.
//
// weight_hh    [3 · hidden, hidden]: w_r w_z w_n
// gates        [time, batch, 4 · hidden]: r z n q
// h_history    [time + 1, batch, hidden]: step t went from slot t to slot t + 1, with reverse = 1 the other way round
// d_hs         [time, batch, hidden]: gradient of every step's output (has_d_hs)
// lengths      [batch]: rows with time >= lengths[row] took no step (has_lengths)
// d_h          [batch, hidden]: gradient of h past the product; that of the final h before the last step
// d_projected  [time, batch, 3 · hidden]
// d_gates      [time, batch, 3 · hidden]: the following step's are read, this one's written
//
// @let sums=1 quads=1x2 gates=several
// @use lib/real.wgsl
// @use recurrent/lib/backward.wgsl
// @use recurrent/lib/finish.wgsl
// @use recurrent/lib/gru-saved.wgsl

const GATES: u32 = 3;
const SUMS: u32 = 1;
const SAVED: u32 = 4;

var<storage, read_write> d_projected: array<Real>;

// From the product of one batch row; gives d_gates.
fn finish_unit(step: Step, row: u32, unit: u32, sums: Sums) -> Gradients {
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  let d_h_at = params.d_h_offset / WIDTH + at;
  let d_h_before = d_h[d_h_at];
  // no branches: SwiftShader runs through both sides, and mends all that either sets
  let dh = sums[0] + d_h_before + select(Real(), d_hs[step.d_hs + at], params.has_d_hs != 0u);
  let saved_at = params.gates_offset / WIDTH + step.saved + row * SAVED * width + unit;
  let r = gates[saved_at];
  let z = gates[saved_at + width];
  let n = gates[saved_at + 2u * width];
  // past its end a row only hands dh on
  let goes_on = step.time < end_of(row);
  let dn = select(Real(), dh * (1.0 - z) * (1.0 - n * n), goes_on);
  let dz = select(Real(), dh * (h_history[params.h_history_offset / WIDTH + step.before + at] - n) * z * (1.0 - z), goes_on);
  let dr = select(Real(), dn * gates[saved_at + 3u * width] * r * (1.0 - r), goes_on);
  let dq = select(Real(), dn * r, goes_on);
  d_h[d_h_at] = select(d_h_before, dh * z, goes_on);
  let projected_at = params.d_projected_offset / WIDTH + (step.time * params.batch_size + row) * GATES * width + unit;
  d_projected[projected_at] = dr;
  d_projected[projected_at + width] = dz;
  d_projected[projected_at + 2u * width] = dn;
  let gates_at = step.d_gates_write + row * GATES * width + unit;
  d_gates[gates_at] = dr;
  d_gates[gates_at + width] = dz;
  d_gates[gates_at + 2u * width] = dq;
  return Gradients(dr, dz, dq);
}
