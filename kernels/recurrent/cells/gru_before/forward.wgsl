// The step of a GRU that resets before its candidate's product, in two parts, of one unit or of four (see lib/real.wgsl).
//
//   r = σ(p_r + h · w_rᵀ)      z = σ(p_z + h · w_zᵀ)      s = r ∘ h
//   n = tanh(p_n + s · w_nᵀ)        h' = (1 − z) ∘ n + z ∘ h
//
// projected  [time, batch, 3 · hidden]: p_r p_z p_n = x · weight_ihᵀ + both biases
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// gates      [time, batch, 4 · hidden]: receives r z n s; zeros past a sequence's end
//
// Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; ONNX's linear_before_reset = 0.
//
// @use lib/real.wgsl
// @use recurrent/lib/forward.wgsl

const GATES: u32 = 3;
// Of the first part; the second has one.
const SUMS: u32 = 2;
const SAVED: u32 = 4;

var<storage, read_write> gates: array<Real>;

// r, z and s of one batch row; 0 past a sequence's end.
fn finish_gates(step: Step, row: u32, unit: u32, sum_r: Real, sum_z: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  var r = Real();
  var z = Real();
  var s = Real();
  if (step.time < end_of(row)) {
    let projected_at = step.projected + row * 3u * width + unit;
    r = sigmoid(sum_r + projected[projected_at]);
    z = sigmoid(sum_z + projected[projected_at + width]);
    s = r * h_history[step.h_read + row * width + unit];
  }
  let gates_at = params.gates_offset / WIDTH + step.saved + row * SAVED * width + unit;
  gates[gates_at] = r;
  gates[gates_at + width] = z;
  gates[gates_at + 3u * width] = s;
}

// Candidate and new state of one batch row.
fn finish_candidate(step: Step, row: u32, unit: u32, sum_n: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  let h = h_history[step.h_read + at];
  let gates_at = params.gates_offset / WIDTH + step.saved + row * SAVED * width + unit;
  var n = Real();
  var h_new = h;
  if (step.time < end_of(row)) {
    n = safe_tanh(sum_n + projected[step.projected + (row * 3u + 2u) * width + unit]);
    h_new = n + gates[gates_at + width] * (h - n);
  }
  gates[gates_at + 2u * width] = n;
  h_history[step.h_write + at] = h_new;
}
