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
// @let sums=1 quads=1x2
// @use lib/real.wgsl
// @use lib/lengths.wgsl
// @use recurrent/lib/backward.wgsl

const GATES: u32 = 3;
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
  has_lengths: u32,
  weight_hh_offset: u32,
  gates_offset: u32,
  h_history_offset: u32,
  d_hs_offset: u32,
  lengths_offset: u32,
  d_h_offset: u32,
  d_projected_offset: u32,
  d_gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> gates: array<Real>;
@group(0) @binding(2) var<storage, read> h_history: array<Real>;
@group(0) @binding(3) var<storage, read> d_hs: array<Real>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<Real>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<Real>;
@group(0) @binding(7) var<storage, read_write> d_gates: array<Real>;
@group(0) @binding(8) var<uniform> params: Params;

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  gates: u32,
  h: u32,
  d_hs: u32,
  d_projected: u32,
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
    params.gates_offset / WIDTH + time * 4u * size,
    params.h_history_offset / WIDTH + slot_before(time) * size,
    params.d_hs_offset / WIDTH + time * size,
    params.d_projected_offset / WIDTH + time * GATES * size,
    is_followed(time),
    d_gates_at + following(time) * GATES * size,
    d_gates_at + time * GATES * size
  );
}

// From the product of one batch row; gives d_gates.
fn finish(step: Step, row: u32, unit: u32, sums: Sums) -> Gradients {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Gradients();
  }
  let at = row * width + unit;
  let d_h_at = params.d_h_offset / WIDTH + at;
  let d_h_before = d_h[d_h_at];
  // no branches: SwiftShader runs through both sides, and mends all that either sets
  let dh = sums[0] + d_h_before + select(Real(), d_hs[step.d_hs + at], params.has_d_hs != 0u);
  let saved_at = step.gates + row * 4u * width + unit;
  let r = gates[saved_at];
  let z = gates[saved_at + width];
  let n = gates[saved_at + 2u * width];
  // past its end a row only hands dh on
  let goes_on = step.time < end_of(row);
  let dn = select(Real(), dh * (1.0 - z) * (1.0 - n * n), goes_on);
  let dz = select(Real(), dh * (h_history[step.h + at] - n) * z * (1.0 - z), goes_on);
  let dr = select(Real(), dn * gates[saved_at + 3u * width] * r * (1.0 - r), goes_on);
  let dq = select(Real(), dn * r, goes_on);
  d_h[d_h_at] = select(d_h_before, dh * z, goes_on);
  let projected_at = step.d_projected + row * GATES * width + unit;
  d_projected[projected_at] = dr;
  d_projected[projected_at + width] = dz;
  d_projected[projected_at + 2u * width] = dn;
  let gates_at = step.d_gates_write + row * GATES * width + unit;
  d_gates[gates_at] = dr;
  d_gates[gates_at + width] = dz;
  d_gates[gates_at + 2u * width] = dq;
  return Gradients(dr, dz, dq);
}
