// One time step of a GRU that resets before the matmul (gates r z n), one batch row per workgroup, four units at a time.
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
// One thread owns every WORKGROUP_SIZE-th four units. Dispatch batch workgroups, folded into (x, y) past 65,535.
// Barriers: one, in uniform control flow.
// Preconditions: hidden <= 4096; hidden and all offsets are multiples of 4. No written binding aliases another.
// Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; ONNX's linear_before_reset = 0.
//
// @use lib/lengths.wgsl
// @use lib/vector.wgsl
// @variant small TILE=64
// @variant medium TILE=256

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

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

const WORKGROUP_SIZE: u32 = 64;
// A row in vec4: hidden / 4 at most.
override TILE: u32 = 1024u;

var<workgroup> s_tile: array<vec4<f32>, TILE>;

// Four units of the weights at four k: one unit per row of the matrix.
fn load_weights(at: u32, stride: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(
    weight_hh[at], weight_hh[at + stride], weight_hh[at + 2u * stride], weight_hh[at + 3u * stride],
  ));
}

// r, z and s of four units of one batch row; gives s, 0 past the batch and past a sequence's end.
fn finish_gates(row: u32, unit4: u32, sum_r: vec4<f32>, sum_z: vec4<f32>) -> vec4<f32> {
  if (row >= params.batch_size) {
    return vec4<f32>();
  }
  let width = params.hidden_size / 4u;
  var r = vec4<f32>();
  var z = vec4<f32>();
  var s = vec4<f32>();
  if (params.time < end_of(row)) {
    let projected_at = params.projected_offset / 4u + row * 3u * width + unit4;
    r = stable_sigmoid4(sum_r + projected[projected_at]);
    z = stable_sigmoid4(sum_z + projected[projected_at + width]);
    s = r * h_history[(params.h_history_offset + params.h_read) / 4u + row * width + unit4];
  }
  let gates_at = params.gates_offset / 4u + row * 4u * width + unit4;
  gates[gates_at] = r;
  gates[gates_at + width] = z;
  gates[gates_at + 3u * width] = s;
  return s;
}

// Candidate and new state of four units of one batch row.
fn finish_candidate(row: u32, unit4: u32, sum_n: vec4<f32>) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size / 4u;
  let at = row * width + unit4;
  let h = h_history[(params.h_history_offset + params.h_read) / 4u + at];
  let gates_at = params.gates_offset / 4u + row * 4u * width + unit4;
  var n = vec4<f32>();
  var h_new = h;
  if (params.time < end_of(row)) {
    n = stable_tanh4(sum_n + projected[params.projected_offset / 4u + (row * 3u + 2u) * width + unit4]);
    h_new = n + gates[gates_at + width] * (h - n);
  }
  gates[gates_at + 2u * width] = n;
  h_history[(params.h_history_offset + params.h_write) / 4u + at] = h_new;
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
  let width = params.hidden_size / 4u;
  let h_at = (params.h_history_offset + params.h_read) / 4u + row * width;
  for (var unit4 = local; unit4 < width; unit4 += WORKGROUP_SIZE) {
    let w_r = params.weight_hh_offset / 4u + unit4 * params.hidden_size;
    let w_z = w_r + params.hidden_size * width;
    var sum_r = vec4<f32>();
    var sum_z = vec4<f32>();
    for (var k = 0u; k < width; k++) {
      let h = h_history[h_at + k];
      sum_r += load_weights(w_r + k, width) * h;
      sum_z += load_weights(w_z + k, width) * h;
    }
    s_tile[unit4] = finish_gates(row, unit4, sum_r, sum_z);
  }
  workgroupBarrier();
  for (var unit4 = local; unit4 < width; unit4 += WORKGROUP_SIZE) {
    let w_n = params.weight_hh_offset / 4u + unit4 * params.hidden_size + 2u * params.hidden_size * width;
    var sum = vec4<f32>();
    for (var k = 0u; k < width; k++) {
      let weights = load_weights(w_n + k, width);
      sum += weights * s_tile[k];
    }
    finish_candidate(row, unit4, sum);
  }
}
