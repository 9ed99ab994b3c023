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
// @use lib/lengths.wgsl
// @use recurrent/lib/forward.wgsl

const GATES: u32 = 3;
// Of the first part; the second has one.
const SUMS: u32 = 2;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  // Of the first step.
  time: u32,
  steps: u32,
  reverse: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<Real>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<Real>;
@group(0) @binding(4) var<storage, read_write> gates: array<Real>;
@group(0) @binding(5) var<uniform> params: Params;

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  projected: u32,
  h_read: u32,
  h_write: u32,
  gates: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let h = params.h_history_offset / WIDTH;
  return Step(
    time,
    params.projected_offset / WIDTH + time * GATES * size,
    h + slot_before(time) * size,
    h + slot_after(time) * size,
    params.gates_offset / WIDTH + time * 4u * size
  );
}

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
  let gates_at = step.gates + row * 4u * width + unit;
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
  let gates_at = step.gates + row * 4u * width + unit;
  var n = Real();
  var h_new = h;
  if (step.time < end_of(row)) {
    n = safe_tanh(sum_n + projected[step.projected + (row * 3u + 2u) * width + unit]);
    h_new = n + gates[gates_at + width] * (h - n);
  }
  gates[gates_at + 2u * width] = n;
  h_history[step.h_write + at] = h_new;
}
