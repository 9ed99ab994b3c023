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
// @let sums=3 quads=3
// @use lib/real.wgsl
// @use lib/lengths.wgsl
// @use recurrent/lib/forward.wgsl

const GATES: u32 = 3;
const SUMS: u32 = 3;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  // Of the first step.
  time: u32,
  steps: u32,
  reverse: u32,
  has_bias: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<Real>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<Real>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<Real>;
@group(0) @binding(5) var<storage, read_write> gates: array<Real>;
@group(0) @binding(6) var<uniform> params: Params;

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

// From the products of one batch row; gives the new h.
fn finish(step: Step, row: u32, unit: u32, sums: Sums) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
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
  let gates_at = step.gates + row * 4u * width + unit;
  gates[gates_at] = select(Real(), r, goes_on);
  gates[gates_at + width] = select(Real(), z, goes_on);
  gates[gates_at + 2u * width] = select(Real(), n, goes_on);
  gates[gates_at + 3u * width] = select(Real(), q, goes_on);
  return h;
}
