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
// @let sums=4 quads=4
// @also plain PLAIN=true
// @use lib/real.wgsl
// @use lib/lengths.wgsl
// @use recurrent/lib/forward.wgsl

const GATES: u32 = 4;
const SUMS: u32 = 4;
// Neither a bias by itself nor lengths: SwiftShader runs through both sides of a branch, whether it is taken or not.
override PLAIN: bool = false;

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
  c_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<Real>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<Real>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<Real>;
@group(0) @binding(5) var<storage, read_write> c_history: array<Real>;
@group(0) @binding(6) var<storage, read_write> gates: array<Real>;
@group(0) @binding(7) var<uniform> params: Params;

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  projected: u32,
  h_read: u32,
  h_write: u32,
  c_read: u32,
  c_write: u32,
  gates: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let before = slot_before(time) * size;
  let after = slot_after(time) * size;
  let h = params.h_history_offset / WIDTH;
  let c = params.c_history_offset / WIDTH;
  let gates_at = time * GATES * size;
  return Step(
    time, params.projected_offset / WIDTH + gates_at, h + before, h + after, c + before, c + after,
    params.gates_offset / WIDTH + gates_at
  );
}

// From the products of one batch row; gives the new h.
fn finish(step: Step, row: u32, unit: u32, sums: Sums) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
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
  let c_before = c_history[step.c_read + at];
  var c = f * c_before + i * g;
  var h = o * safe_tanh(c);
  if (!PLAIN && step.time >= end_of(row)) {
    c = c_before;
    h = h_history[step.h_read + at];
  }
  c_history[step.c_write + at] = c;
  h_history[step.h_write + at] = h;
  let gates_at = step.gates + z_at;
  gates[gates_at] = i;
  gates[gates_at + width] = f;
  gates[gates_at + 2u * width] = g;
  gates[gates_at + 3u * width] = o;
  return h;
}
