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
// @let sums=1 quads=1x2
// @use recurrent/lib/activation.wgsl
// @use lib/lengths.wgsl
// @use recurrent/lib/backward.wgsl

const GATES: u32 = 1;
const SUMS: u32 = 1;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  // Of the first step.
  time: u32,
  steps: u32,
  reverse: u32,
  has_d_hs: u32,
  has_d_h_last: u32,
  has_lengths: u32,
  negative_slope: f32,
  weight_hh_offset: u32,
  h_history_offset: u32,
  d_hs_offset: u32,
  d_h_last_offset: u32,
  lengths_offset: u32,
  d_gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> h_history: array<Real>;
@group(0) @binding(2) var<storage, read> d_hs: array<Real>;
@group(0) @binding(3) var<storage, read> d_h_last: array<Real>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_gates: array<Real>;
@group(0) @binding(6) var<uniform> params: Params;

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  h: u32,
  d_hs: u32,
  // Whether a step followed this one, whose d_gates is read.
  recurrent: bool,
  d_gates_read: u32,
  d_gates_write: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let d_gates_at = params.d_gates_offset / WIDTH;
  return Step(
    time,
    params.h_history_offset / WIDTH + slot_after(time) * size,
    params.d_hs_offset / WIDTH + time * size,
    is_followed(time),
    d_gates_at + following(time) * size,
    d_gates_at + time * size
  );
}

// From the product of one batch row; gives d_gates.
fn finish(step: Step, row: u32, unit: u32, sums: Sums) -> Gradients {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Gradients();
  }
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
    d = Gradients(dh * derivative(h_history[step.h + at], params.negative_slope));
  }
  d_gates[step.d_gates_write + at] = d[0];
  return d;
}
