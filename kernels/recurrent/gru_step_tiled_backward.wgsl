// Gradient of one time step of a GRU that resets after the matmul, by tiles in workgroup memory, for GPUs.
//
//   dh   = d_h + d_hs + d_hidden(following) · weight_hh    (d_hs if it arrives; the last term not in the last step)
//   dn   = dh ∘ (1 − z) ∘ (1 − n²)     dz = dh ∘ (h − n) ∘ z(1 − z)     dr = dn ∘ q ∘ r(1 − r)
//   d_projected = dr dz dn             d_hidden = dr dz dn∘r            d_h = dh ∘ z
//
// Past a sequence's end d_projected and d_hidden are 0 and d_h stays, so that the final h's gradient enters at each
// row's end.
//
// weight_hh    [3 · hidden, hidden]: w_r w_z w_n
// gates        [time, batch, 4 · hidden]: r z n q
// h            [time + 1, batch, hidden]: step t read slot t
// d_hs         [time, batch, hidden]: gradient of every step's output (has_d_hs)
// lengths      [batch]: rows end there (has_lengths), else at seq_len
// d_h          [batch, hidden]: gradient of h past the matmul; the final h's before the last step
// d_projected  [time, batch, 3 · hidden]
// d_hidden     [time, batch, 3 · hidden]: the following step's are read, this one's written
//
// One workgroup owns 16 units of 4 batch rows, one thread the part of one gate in one unit of one row's dh. Dispatch
// row_tiles · unit_tiles workgroups with row_tiles = ceil(batch / 4) and unit_tiles = ceil(hidden / 16), folded into (x, y)
// past 65,535. Each round brings 32 gate rows of each gate, of d_hidden and of the weights, into workgroup memory. In the
// end the three parts of a unit meet there, and 64 threads finish one unit each.
// Barriers: two per round and one at the end, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another. Slow on software adapters (barriers).
//
// @use lib/stored-numbers.wgsl
// @use recurrent/lib/gru-backward.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  row_tiles: u32,
  unit_tiles: u32,
  seq_len: u32,
  time: u32,
  has_d_hs: u32,
  has_lengths: u32,
  weight_hh_offset: u32,
  gates_offset: u32,
  h_offset: u32,
  d_hs_offset: u32,
  lengths_offset: u32,
  d_h_offset: u32,
  d_projected_offset: u32,
  d_hidden_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read> d_hs: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_hidden: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;
const WORKGROUP_SIZE: u32 = 192;
const ROWS: u32 = 4;
const UNITS: u32 = 16;
const STEP: u32 = 32;

// Gate, row, k. The same tile takes the parts in the end.
var<workgroup> d_tile: array<f32, 3 * ROWS * STEP>;
// Gate, k, unit.
var<workgroup> w_tile: array<f32, 3 * STEP * UNITS>;

// Gradient k of a gate (0 to 2) of a row; 0 past the edges.
fn load_d_hidden(step: Step, gate: u32, row: u32, k: u32) -> f32 {
  if (row >= params.batch_size || k >= params.hidden_size) {
    return 0.0;
  }
  return d_hidden[step.d_hidden_read + (row * 3u + gate) * params.hidden_size + k];
}

// Weight of row k of a gate at a unit; 0 past the edges.
fn load_weight(gate: u32, k: u32, unit: u32) -> f32 {
  if (unit >= params.hidden_size || k >= params.hidden_size) {
    return 0.0;
  }
  let at = params.weight_hh_offset + (gate * params.hidden_size + k) * params.hidden_size + unit;
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
  let own_gate = local / (UNITS * ROWS);
  let steps_end = select(0u, params.hidden_size, step.recurrent);
  var sum = 0.0;
  for (var k = 0u; k < steps_end; k += STEP) {
    // Threads load along the contiguous axis: k for d_hidden, units for the weights.
    for (var i = local; i < 3u * ROWS * STEP; i += WORKGROUP_SIZE) {
      d_tile[i] = load_d_hidden(step, i / (ROWS * STEP), first_row + i / STEP % ROWS, k + i % STEP);
    }
    for (var i = local; i < 3u * STEP * UNITS; i += WORKGROUP_SIZE) {
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
    finish(step, first_row + own_row, first_unit + own_unit, d_tile[local] + d_tile[local + 64u] + d_tile[local + 128u]);
  }
}
