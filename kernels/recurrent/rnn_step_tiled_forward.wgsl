// One time step of an Elman RNN by tiles in workgroup memory, for GPUs.
//
//   h' = act(projected + h · weight_hhᵀ)      [batch, hidden], act by the variant (tanh by default)
//
// projected  [time, batch, hidden]: x · weight_ihᵀ + both biases
// weight_hh  [hidden, hidden]
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
//
// One workgroup owns 16 units of 4 batch rows; the sum over k is cut in four, one thread owns one such part for one unit
// of one row. Dispatch row_tiles · unit_tiles workgroups with row_tiles = ceil(batch / 4) and unit_tiles = ceil(hidden
// / 16), folded into (x, y) past 65,535. Each round brings 64 k of the rows and of the weights into workgroup memory.
// In the end the four parts of a unit meet there, and 64 threads finish one unit each.
// Barriers: two per round and one at the end, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
// Many small workgroups and a sum cut in parts, because a step has only batch · hidden sums; slow on software adapters.
//
// @use lib/stored-numbers.wgsl
// @use recurrent/lib/rnn-forward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  row_tiles: u32,
  unit_tiles: u32,
  seq_len: u32,
  time: u32,
  has_lengths: u32,
  negative_slope: f32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const WORKGROUP_SIZE: u32 = 256;
const ROWS: u32 = 4;
const UNITS: u32 = 16;
const STEP: u32 = 64;
const PART: u32 = 16;
// Rows of the weights' tile are padded by one element against bank conflicts.
const STRIDE: u32 = 65;

// Row, k. The same tile takes the parts in the end.
var<workgroup> row_tile: array<f32, ROWS * STEP>;
// Unit, k.
var<workgroup> w_tile: array<f32, UNITS * STRIDE>;

// Element k of h of a row; 0 past the edges.
fn load_h(step: Step, row: u32, k: u32) -> f32 {
  if (row >= params.batch_size || k >= params.hidden_size) {
    return 0.0;
  }
  return h_history[step.h_read + row * params.hidden_size + k];
}

// Weight k of a unit; 0 past the edges.
fn load_weight(unit: u32, k: u32) -> f32 {
  if (unit >= params.hidden_size || k >= params.hidden_size) {
    return 0.0;
  }
  let at = params.weight_hh_offset + unit * params.hidden_size + k;
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
  let own_unit = local % UNITS;
  let own_row = local / UNITS % ROWS;
  let own_part = local / (UNITS * ROWS);
  var sum = 0.0;
  for (var k = 0u; k < params.hidden_size; k += STEP) {
    for (var i = local; i < ROWS * STEP; i += WORKGROUP_SIZE) {
      row_tile[i] = load_h(step, first_row + i / STEP, k + i % STEP);
    }
    for (var i = local; i < UNITS * STEP; i += WORKGROUP_SIZE) {
      w_tile[i / STEP * STRIDE + i % STEP] = load_weight(first_unit + i / STEP, k + i % STEP);
    }
    workgroupBarrier();
    for (var i = own_part * PART; i < (own_part + 1u) * PART; i++) {
      sum += row_tile[own_row * STEP + i] * w_tile[own_unit * STRIDE + i];
    }
    workgroupBarrier();
  }
  row_tile[local] = sum;
  workgroupBarrier();
  if (local < ROWS * UNITS) {
    let recurrent = row_tile[local] + row_tile[local + 64u] + row_tile[local + 128u] + row_tile[local + 192u];
    finish(step, first_row + own_row, first_unit + own_unit, recurrent);
  }
}
