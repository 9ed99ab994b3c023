// Gradient of one time step of an LSTM by tiles in workgroup memory, for GPUs.
//
//   dh   = d_hs + d_h_last + d_gates(following) · weight_hh      (what arrives; the last term not in the last step)
//   dc   = d_c + dh ∘ o ∘ (1 − tanh²(c))
//   dz_i = dc ∘ g ∘ i(1 − i)      dz_f = dc ∘ c_before ∘ f(1 − f)
//   dz_g = dc ∘ i ∘ (1 − g²)      dz_o = dh ∘ tanh(c) ∘ o(1 − o)
//   d_c  = dc ∘ f
//
// weight_hh  [4 · hidden, hidden]
// gates      [time, batch, 4 · hidden]: i f g o after activation
// c_history  [time + 1, batch, hidden]: step t went from slot t to slot t + 1, with reverse = 1 the other way round
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h (has_d_h_last)
// d_c        [batch, hidden]: dL/dc of this step on entry, of the step before it in the recurrence on exit
// d_gates    [time, batch, 4 · hidden]: pre-activation gradients; the following step's are read, this one's written
//
// One workgroup owns 16 units of 4 batch rows, one thread the part of one gate in one unit of one row's dh. Dispatch
// row_tiles · unit_tiles workgroups with row_tiles = ceil(batch / 4) and unit_tiles = ceil(hidden / 16), folded into (x, y)
// past 65,535. Each step brings 32 gate rows of each gate, of d_gates and of the weights, into workgroup memory. In the end
// the four parts of a unit meet there, and 64 threads finish one unit each.
// Barriers: two per step and one at the end, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
// Many small workgroups and the sum cut by gates, because a step has only batch · hidden sums; slow on software adapters.
//
// @use lib/stored-numbers.wgsl
// @use recurrent/lib/lstm-backward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  row_tiles: u32,
  unit_tiles: u32,
  seq_len: u32,
  reverse: u32,
  time: u32,
  has_d_hs: u32,
  has_d_h_last: u32,
  weight_hh_offset: u32,
  gates_offset: u32,
  c_history_offset: u32,
  d_hs_offset: u32,
  d_h_last_offset: u32,
  d_c_offset: u32,
  d_gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> c_history: array<f32>;
@group(0) @binding(3) var<storage, read> d_hs: array<f32>;
@group(0) @binding(4) var<storage, read> d_h_last: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_c: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const ROWS: u32 = 4;
const UNITS: u32 = 16;
const STEP: u32 = 32;

// Gate, row, k. The same tile takes the parts in the end.
var<workgroup> d_tile: array<f32, 4 * ROWS * STEP>;
// Gate, k, unit.
var<workgroup> w_tile: array<f32, 4 * STEP * UNITS>;

// Gate gradient k of a gate (0 to 3) of a row; 0 past the edges.
fn load_d_gate(step: Step, gate: u32, row: u32, k: u32) -> f32 {
  if (row >= params.batch_size || k >= params.hidden_size) {
    return 0.0;
  }
  return d_gates[step.d_gates_read + (row * 4u + gate) * params.hidden_size + k];
}

// Weight of gate row k of a gate for a unit; 0 past the edges.
fn load_weight(gate: u32, k: u32, unit: u32) -> f32 {
  if (unit >= params.hidden_size || k >= params.hidden_size) {
    return 0.0;
  }
  let at = params.weight_hh_offset + (gate * params.hidden_size + k) * params.hidden_size + unit;
  return one(weight_hh[at / PER_WORD], at);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = group.x + group.y * groups.x;
  if (tile >= params.row_tiles * params.unit_tiles) {
    return;
  }
  let first_unit = tile % params.unit_tiles * UNITS;
  let first_row = tile / params.unit_tiles * ROWS;
  let own_unit = local % UNITS;
  let own_row = local / UNITS % ROWS;
  let own_gate = local / (UNITS * ROWS);
  let step = step_at(params.time);
  let steps_end = select(0u, params.hidden_size, step.recurrent);
  var sum = 0.0;
  for (var k = 0u; k < steps_end; k += STEP) {
    // Threads load along the contiguous axis: k for d_gates, units for the weights.
    for (var i = local; i < 4u * ROWS * STEP; i += 256u) {
      d_tile[i] = load_d_gate(step, i / (ROWS * STEP), first_row + i / STEP % ROWS, k + i % STEP);
    }
    for (var i = local; i < 4u * STEP * UNITS; i += 256u) {
      w_tile[i] = load_weight(i / (STEP * UNITS), k + i / UNITS % STEP, first_unit + i % UNITS);
    }
    workgroupBarrier();
    for (var i = 0u; i < STEP; i++) {
      sum += d_tile[(own_gate * ROWS + own_row) * STEP + i] * w_tile[(own_gate * STEP + i) * UNITS + own_unit];
    }
    workgroupBarrier();
  }
  d_tile[local] = sum;
  workgroupBarrier();
  if (local < ROWS * UNITS) {
    let recurrent = d_tile[local] + d_tile[local + 64u] + d_tile[local + 128u] + d_tile[local + 192u];
    finish(step, first_row + own_row, first_unit + own_unit, recurrent);
  }
}
