// One time step of a GRU that resets after the matmul (gates r z n) by tiles in workgroup memory, for GPUs.
//
//   r = σ(p_r + h · w_rᵀ + b_r)      z = σ(p_z + h · w_zᵀ + b_z)      q = h · w_nᵀ + b_n
//   n = tanh(p_n + r ∘ q)           h' = (1 − z) ∘ n + z ∘ h
//
// projected  [time, batch, 3 · hidden]: p_r p_z p_n = x · weight_ihᵀ + b_ih
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// bias_hh    [3 · hidden]: b_r b_z b_n (has_bias)
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
// gates      [time, batch, 4 · hidden]: receives r z n q; zeros past a sequence's end
//
// One workgroup owns 8 units (all three gates) of 8 batch rows, one thread one gate of one unit of one row. Dispatch
// row_tiles · unit_tiles workgroups with row_tiles = ceil(batch / 8) and unit_tiles = ceil(hidden / 8), folded into (x, y)
// past 65,535. Each round brings 32 k of h and of the weights into workgroup memory; their rows are padded by one element
// against bank conflicts. In the end the three gates of a unit meet there, and 64 threads finish one unit each.
// Barriers: two per round and one at the end, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another. Slow on software adapters (barriers).
//
// @use lib/stored-numbers.wgsl
// @use recurrent/lib/gru-forward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  row_tiles: u32,
  unit_tiles: u32,
  seq_len: u32,
  time: u32,
  has_bias: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const WORKGROUP_SIZE: u32 = 192;
const ROWS: u32 = 8;
const UNITS: u32 = 8;
const GATE_UNITS: u32 = 24;
const STEP: u32 = 32;
const STRIDE: u32 = 33;

var<workgroup> h_tile: array<f32, ROWS * STRIDE>;
// Gate, unit, k.
var<workgroup> w_tile: array<f32, GATE_UNITS * STRIDE>;
// Row, gate, unit.
var<workgroup> sums: array<f32, ROWS * GATE_UNITS>;

// Element k of h of a row; 0 past the edges.
fn load_h(step: Step, row: u32, k: u32) -> f32 {
  if (row >= params.batch_size || k >= params.hidden_size) {
    return 0.0;
  }
  return h_history[step.h_read + row * params.hidden_size + k];
}

// Weight k of a gate (0 to 2) of a unit; 0 past the edges.
fn load_weight(gate: u32, unit: u32, k: u32) -> f32 {
  if (unit >= params.hidden_size || k >= params.hidden_size) {
    return 0.0;
  }
  let at = params.weight_hh_offset + (gate * params.hidden_size + unit) * params.hidden_size + k;
  return one(weight_hh[at / PER_WORD], at);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = group.x + group.y * groups.x;
  if (tile >= params.row_tiles * params.unit_tiles) {
    return;
  }
  let step = step_at(params.time);
  let first_unit = tile % params.unit_tiles * UNITS;
  let first_row = tile / params.unit_tiles * ROWS;
  let own_row = local / GATE_UNITS;
  let own_gate_unit = local % GATE_UNITS;
  var sum = 0.0;
  for (var k = 0u; k < params.hidden_size; k += STEP) {
    for (var i = local; i < ROWS * STEP; i += WORKGROUP_SIZE) {
      h_tile[i / STEP * STRIDE + i % STEP] = load_h(step, first_row + i / STEP, k + i % STEP);
    }
    for (var i = local; i < GATE_UNITS * STEP; i += WORKGROUP_SIZE) {
      let gate_unit = i / STEP;
      w_tile[gate_unit * STRIDE + i % STEP] = load_weight(gate_unit / UNITS, first_unit + gate_unit % UNITS, k + i % STEP);
    }
    workgroupBarrier();
    for (var i = 0u; i < STEP; i++) {
      sum += h_tile[own_row * STRIDE + i] * w_tile[own_gate_unit * STRIDE + i];
    }
    workgroupBarrier();
  }
  sums[local] = sum;
  workgroupBarrier();
  if (local < ROWS * UNITS) {
    let row = local / UNITS;
    let unit = local % UNITS;
    let at = row * GATE_UNITS + unit;
    finish(step, first_row + row, first_unit + unit, sums[at], sums[at + UNITS], sums[at + 2u * UNITS]);
  }
}
