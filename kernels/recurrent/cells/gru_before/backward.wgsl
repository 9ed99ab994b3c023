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
  d_gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> gates: array<Real>;
@group(0) @binding(2) var<storage, read> h_history: array<Real>;
@group(0) @binding(3) var<storage, read> d_hs: array<Real>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<Real>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<Real>;
@group(0) @binding(7) var<uniform> params: Params;

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  gates: u32,
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
    params.gates_offset / WIDTH + time * 4u * size,
    params.h_history_offset / WIDTH + slot_before(time) * size,
    params.d_hs_offset / WIDTH + time * size,
    is_followed(time),
    d_gates_at + following(time) * GATES * size,
    d_gates_at + time * GATES * size
  );
}

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
    let gates_at = step.gates + row * 4u * width + unit;
    let z = gates[gates_at + width];
    let n = gates[gates_at + 2u * width];
    dn = dh * (1.0 - z) * (1.0 - n * n);
    dz = dh * (h_history[step.h + at] - n) * z * (1.0 - z);
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
    let r = gates[step.gates + row * 4u * width + unit];
    dr = ds * h_history[step.h + at] * r * (1.0 - r);
    d_h[params.d_h_offset / WIDTH + at] += ds * r;
  }
  d_gates[step.d_gates_write + row * 3u * width + unit] = dr;
}
