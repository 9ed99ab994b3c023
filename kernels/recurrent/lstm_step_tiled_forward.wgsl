// One time step of an LSTM by tiles in workgroup memory, for GPUs (PyTorch's gate order i f g o).
//
//   z = projected + h · weight_hhᵀ + bias_hh    [batch, 4 · hidden]
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
//   c' = f ∘ c + i ∘ g                      h' = o ∘ tanh(c')
//
// projected  [time, batch, 4 · hidden]: x · weight_ihᵀ + bias_ih, or both biases
// weight_hh  [4 · hidden, hidden]
// bias_hh    [4 · hidden] (has_bias)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// c_history  likewise
// gates      [time, batch, 4 · hidden]: receives i f g o after their activation
//
// One workgroup owns 8 units (all four gates) of 8 batch rows, one thread one gate of one unit of one row. Dispatch
// row_tiles · unit_tiles workgroups with row_tiles = ceil(batch / 8) and unit_tiles = ceil(hidden / 8), folded into (x, y)
// past 65,535. Each step over k brings 32 k of h and of the weights into workgroup memory; their rows are padded by one
// element against bank conflicts. In the end the four gates of a unit meet there, and 64 threads finish one unit each.
// Barriers: two per step over k and one at the end, in uniform control flow.
// Preconditions: none on sizes. No binding aliases another.
// Many small workgroups, because a step has only batch · 4 · hidden sums; slow on software adapters (barriers).
//
// @use lib/stored-numbers.wgsl
// @use recurrent/lib/lstm-forward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  row_tiles: u32,
  unit_tiles: u32,
  reverse: u32,
  time: u32,
  has_bias: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  h_history_offset: u32,
  c_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<f32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(4) var<storage, read_write> c_history: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const ROWS: u32 = 8;
const UNITS: u32 = 8;
const GATE_UNITS: u32 = 32;
const STEP: u32 = 32;
const STRIDE: u32 = 33;

var<workgroup> h_tile: array<f32, ROWS * STRIDE>;
var<workgroup> w_tile: array<f32, GATE_UNITS * STRIDE>;
var<workgroup> z_tile: array<f32, ROWS * GATE_UNITS>;

// Element k of h of a row; 0 past the edges.
fn load_h(step: Step, row: u32, k: u32) -> f32 {
  if (row >= params.batch_size || k >= params.hidden_size) {
    return 0.0;
  }
  return h_history[step.h_read + row * params.hidden_size + k];
}

// Weight k of a gate (0 to 3) of a unit; 0 past the edges.
fn load_weight(gate: u32, unit: u32, k: u32) -> f32 {
  if (unit >= params.hidden_size || k >= params.hidden_size) {
    return 0.0;
  }
  let at = params.weight_hh_offset + (gate * params.hidden_size + unit) * params.hidden_size + k;
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
  let own_row = local / GATE_UNITS;
  let own_gate_unit = local % GATE_UNITS;
  let lane = local % STEP;
  let step = step_at(params.time);
  var sum = 0.0;
  for (var k = 0u; k < params.hidden_size; k += STEP) {
    // 256 threads bring in 8 rows of 32 k at a time: one such block of h, four of the weights (one per gate).
    let line = local / STEP;
    h_tile[line * STRIDE + lane] = load_h(step, first_row + line, k + lane);
    for (var gate = 0u; gate < 4u; gate++) {
      w_tile[(gate * UNITS + line) * STRIDE + lane] = load_weight(gate, first_unit + line, k + lane);
    }
    workgroupBarrier();
    for (var i = 0u; i < STEP; i++) {
      sum += h_tile[own_row * STRIDE + i] * w_tile[own_gate_unit * STRIDE + i];
    }
    workgroupBarrier();
  }
  z_tile[local] = sum;
  workgroupBarrier();
  if (local < ROWS * UNITS) {
    let row = local / UNITS;
    let unit = local % UNITS;
    let at = row * GATE_UNITS + unit;
    let second = at + 2u * UNITS;
    finish(
      step, first_row + row, first_unit + unit,
      z_tile[at], z_tile[at + UNITS], z_tile[second], z_tile[second + UNITS]
    );
  }
}
