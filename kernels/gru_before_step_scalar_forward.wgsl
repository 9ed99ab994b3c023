// One time step of a GRU that resets before the matmul (gates r z n), one batch row per workgroup, any size.
//
//   r = σ(p_r + h_read · w_rᵀ)      z = σ(p_z + h_read · w_zᵀ)      s = r ∘ h_read
//   n = tanh(p_n + s · w_nᵀ)        h_write = (1 − z) ∘ n + z ∘ h_read
//
// projected  [batch, 3 · hidden] of this step: p_r p_z p_n = x · weight_ihᵀ + both biases
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]; h_read and h_write are the element offsets of two of its steps
// gates      [batch, 4 · hidden] of this step: receives r z n s; zeros past a sequence's end
//
// One workgroup owns a whole batch row, because s of all units is needed for each unit: it stays in workgroup memory
// (16 KiB; less by the variants, as it is cleared at each start and software adapters compile that clearing store by store).
// One thread owns every WORKGROUP_SIZE-th unit. Dispatch batch workgroups, folded into (x, y) past 65,535.
// Barriers: one, in uniform control flow.
// Preconditions: hidden <= 4096. No written binding aliases another.
// Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; ONNX's linear_before_reset = 0.
//
// @use lib/lengths.wgsl
// @use lib/math.wgsl
// @variant small TILE=256
// @variant medium TILE=1024
// @variant wide_small WORKGROUP_SIZE=256 TILE=256
// @variant wide_medium WORKGROUP_SIZE=256 TILE=1024
// @variant wide WORKGROUP_SIZE=256

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  h_read: u32,
  h_write: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<f32>;
@group(0) @binding(4) var<storage, read_write> gates: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

override WORKGROUP_SIZE: u32 = 64;
// A row: hidden at most.
override TILE: u32 = 4096u;

var<workgroup> s_tile: array<f32, TILE>;

// r, z and s of one unit of one batch row; gives s, 0 past the batch and past a sequence's end.
fn finish_gates(row: u32, unit: u32, sum_r: f32, sum_z: f32) -> f32 {
  if (row >= params.batch_size) {
    return 0.0;
  }
  let width = params.hidden_size;
  var r = 0.0;
  var z = 0.0;
  var s = 0.0;
  if (params.time < end_of(row)) {
    let projected_at = params.projected_offset + row * 3u * width + unit;
    r = stable_sigmoid(sum_r + projected[projected_at]);
    z = stable_sigmoid(sum_z + projected[projected_at + width]);
    s = r * h_history[params.h_history_offset + params.h_read + row * width + unit];
  }
  let gates_at = params.gates_offset + row * 4u * width + unit;
  gates[gates_at] = r;
  gates[gates_at + width] = z;
  gates[gates_at + 3u * width] = s;
  return s;
}

// Candidate and new state of one unit of one batch row.
fn finish_candidate(row: u32, unit: u32, sum_n: f32) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size;
  let at = row * width + unit;
  let h = h_history[params.h_history_offset + params.h_read + at];
  let gates_at = params.gates_offset + row * 4u * width + unit;
  var n = 0.0;
  var h_new = h;
  if (params.time < end_of(row)) {
    n = stable_tanh(sum_n + projected[params.projected_offset + (row * 3u + 2u) * width + unit]);
    h_new = n + gates[gates_at + width] * (h - n);
  }
  gates[gates_at + 2u * width] = n;
  h_history[params.h_history_offset + params.h_write + at] = h_new;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = group.x + group.y * groups.x;
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size;
  let h_at = params.h_history_offset + params.h_read + row * width;
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + unit * width;
    var sum_r = 0.0;
    var sum_z = 0.0;
    for (var k = 0u; k < width; k++) {
      let h = h_history[h_at + k];
      sum_r += h * weight_hh[w_at + k];
      sum_z += h * weight_hh[w_at + width * width + k];
    }
    s_tile[unit] = finish_gates(row, unit, sum_r, sum_z);
  }
  workgroupBarrier();
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + (2u * width + unit) * width;
    var sum = 0.0;
    for (var k = 0u; k < width; k++) {
      sum += s_tile[k] * weight_hh[w_at + k];
    }
    finish_candidate(row, unit, sum);
  }
}
