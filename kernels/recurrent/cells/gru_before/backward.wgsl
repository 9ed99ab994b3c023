// The gradient of a step of a GRU that resets before its candidate's product, in two parts, of one unit or of four (see
// lib/real.wgsl).
//
//   dh = d_h + d_hs + (dr dz)(following) · (w_r w_z)      (what arrives)
//   dn = dh ∘ (1 − z) ∘ (1 − n²)     dz = dh ∘ (h − n) ∘ z(1 − z)
//   ds = dn · w_n                    dr = ds ∘ h ∘ r(1 − r)              d_h = dh ∘ z + ds ∘ r
//
// Past a sequence's end d_gates is 0 and d_h stays, so that the final h's gradient enters at each row's last step.
//
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// gates      [time, batch, 4 · hidden]: r z n s
// h_history  [time + 1, batch, hidden]: step t went from slot t to slot t + 1, with reverse = 1 the other way round
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// lengths    [batch]: rows with time >= lengths[row] took no step (has_lengths)
// d_h        [batch, hidden]: gradient of h past the product of r and z; that of the final h before the last step
// d_gates    [time, batch, 3 · hidden]: dr dz dn; the following step's are read, this one's written
//
// @use lib/real.wgsl
// @use recurrent/lib/backward.wgsl
// @use recurrent/lib/gru-saved.wgsl

const GATES: u32 = 3;
const SUMS: u32 = 1;
const SAVED: u32 = 4;

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
    let gates_at = params.gates_offset / WIDTH + step.saved + row * SAVED * width + unit;
    let z = gates[gates_at + width];
    let n = gates[gates_at + 2u * width];
    dn = dh * (1.0 - z) * (1.0 - n * n);
    dz = dh * (h_history[params.h_history_offset / WIDTH + step.before + at] - n) * z * (1.0 - z);
    d_h[d_h_at] = dh * z;
  }
  let write_at = step.d_gates_write + row * 3u * width + unit;
  d_gates[write_at + width] = dz;
  d_gates[write_at + 2u * width] = dn;
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
    let r = gates[params.gates_offset / WIDTH + step.saved + row * SAVED * width + unit];
    dr = ds * h_history[params.h_history_offset / WIDTH + step.before + at] * r * (1.0 - r);
    d_h[params.d_h_offset / WIDTH + at] += ds * r;
  }
  d_gates[step.d_gates_write + row * 3u * width + unit] = dr;
}
