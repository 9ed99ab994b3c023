// Gradient of one time step of an Elman RNN by tiles in workgroup memory, for GPUs.
//
//   dh    = d_hs + d_h_last + d_pre(following) · weight_hh     (what arrives; the last term not in the last step)
//   d_pre = dh ∘ act'(pre), by act's result h            0 past a sequence's end
//
// weight_hh  [hidden, hidden]
// h          [time + 1, batch, hidden]: slot t + 1 is the result of step t
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_h_last   [batch, hidden]: gradient of the final h, added at each row's last step (has_d_h_last)
// lengths    [batch]: rows end there (has_lengths), else at seq_len
// d_pre      [time, batch, hidden]: gradients before the activation; of the following step read, of this one written
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
// @use recurrent/lib/rnn-backward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  row_tiles: u32,
  unit_tiles: u32,
  seq_len: u32,
  time: u32,
  has_d_hs: u32,
  has_d_h_last: u32,
  has_lengths: u32,
  negative_slope: f32,
  weight_hh_offset: u32,
  h_offset: u32,
  d_hs_offset: u32,
  d_h_last_offset: u32,
  lengths_offset: u32,
  d_pre_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> h: array<f32>;
@group(0) @binding(2) var<storage, read> d_hs: array<f32>;
@group(0) @binding(3) var<storage, read> d_h_last: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_pre: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const WORKGROUP_SIZE: u32 = 256;
const ROWS: u32 = 4;
const UNITS: u32 = 16;
const STEP: u32 = 64;
const PART: u32 = 16;

// Row, k. The same tile takes the parts in the end.
var<workgroup> row_tile: array<f32, ROWS * STEP>;
// k, unit.
var<workgroup> w_tile: array<f32, STEP * UNITS>;

// Gradient k of a row; 0 past the edges.
fn load_d_pre(step: Step, row: u32, k: u32) -> f32 {
  if (row >= params.batch_size || k >= params.hidden_size) {
    return 0.0;
  }
  return d_pre[step.d_pre_read + row * params.hidden_size + k];
}

// Row k of the weights at a unit; 0 past the edges.
fn load_weight(k: u32, unit: u32) -> f32 {
  if (unit >= params.hidden_size || k >= params.hidden_size) {
    return 0.0;
  }
  let at = params.weight_hh_offset + k * params.hidden_size + unit;
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
  let steps_end = select(0u, params.hidden_size, step.recurrent);
  var sum = 0.0;
  for (var k = 0u; k < steps_end; k += STEP) {
    // Threads load along the contiguous axis: k for d_pre, units for the weights.
    for (var i = local; i < ROWS * STEP; i += WORKGROUP_SIZE) {
      row_tile[i] = load_d_pre(step, first_row + i / STEP, k + i % STEP);
    }
    for (var i = local; i < STEP * UNITS; i += WORKGROUP_SIZE) {
      w_tile[i] = load_weight(k + i / UNITS, first_unit + i % UNITS);
    }
    workgroupBarrier();
    for (var i = own_part * PART; i < (own_part + 1u) * PART; i++) {
      sum += row_tile[own_row * STEP + i] * w_tile[i * UNITS + own_unit];
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
