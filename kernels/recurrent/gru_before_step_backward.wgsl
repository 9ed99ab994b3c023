// Gradient of one time step of a GRU that resets before the matmul, in registers.
// Made for software adapters.
//
//   dh = d_h + d_hs + (dr dz)(following) · (w_r w_z)      (d_hs if it arrives; the last term not in the last step)
//   dn = dh ∘ (1 − z) ∘ (1 − n²)     dz = dh ∘ (h − n) ∘ z(1 − z)
//   ds = dn · w_n                    dr = ds ∘ h ∘ r(1 − r)              d_h = dh ∘ z + ds ∘ r
//
// Past a sequence's end d_projected is 0 and d_h stays, so that the final h's gradient enters at each row's end.
//
// weight_hh    [3 · hidden, hidden]: w_r w_z w_n
// gates        [time, batch, 4 · hidden]: r z n s
// h            [time + 1, batch, hidden]: step t read slot t
// d_hs         [time, batch, hidden]: gradient of every step's output (has_d_hs)
// lengths      [batch]: rows end there (has_lengths), else at seq_len
// d_h          [batch, hidden]: gradient of h past the matmul of r and z; the final h's before the last step
// d_projected  [time, batch, 3 · hidden]: dr dz dn; the following step's are read, this one's written
//
// One workgroup owns 8 whole batch rows (in the variant `row` one), because dn of all units is needed for each unit:
// its threads leave it in d_projected for each other. One thread owns every WORKGROUP_SIZE-th four units of all of
// these rows, as 4 × 4 blocks whose column r is row r. Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past
// 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use recurrent/lib/gru-before-backward.wgsl
// @use recurrent/lib/blocks.wgsl
// @variant row ROWS=1 WORKGROUP_SIZE=64

struct Params {
  batch_size: u32,
  hidden_size: u32,
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
}

@group(0) @binding(0) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> h: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

override WORKGROUP_SIZE: u32 = 32u;
// Batch rows per workgroup: 8 or 1.
override ROWS: u32 = 8u;

// Rows past the batch repeat the last one and are not stored.
fn eight_rows(step: Step, row: u32, local: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_base = step.d_read;
  let d_stride = 3u * hidden4;
  let d_last = d_base + (params.batch_size - 1u) * d_stride;
  let d0 = d_base + row * d_stride;
  let d1 = min(d0 + d_stride, d_last);
  let d2 = min(d1 + d_stride, d_last);
  let d3 = min(d2 + d_stride, d_last);
  let d4 = min(d3 + d_stride, d_last);
  let d5 = min(d4 + d_stride, d_last);
  let d6 = min(d5 + d_stride, d_last);
  let d7 = min(d6 + d_stride, d_last);
  let steps = select(0u, 2u * hidden4, step.recurrent);
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + unit4;
    var h_top = mat4x4<f32>();
    var h_bottom = mat4x4<f32>();
    for (var k = 0u; k < steps; k++) {
      let top = mat4x4<f32>(d_projected[d0 + k], d_projected[d1 + k], d_projected[d2 + k], d_projected[d3 + k]);
      let bottom = mat4x4<f32>(d_projected[d4 + k], d_projected[d5 + k], d_projected[d6 + k], d_projected[d7 + k]);
      let weights = load_weights(w_at, hidden4);
      h_top += weights * top;
      h_bottom += weights * bottom;
      w_at += params.hidden_size;
    }
    var h_sums = rows_of(h_top, h_bottom);
    for (var i = 0u; i < 8u; i++) {
      finish_candidate(step, row + i, unit4, h_sums[i]);
    }
  }
  storageBarrier();
  let n_base = step.d_write + 2u * hidden4;
  let n_last = n_base + (params.batch_size - 1u) * d_stride;
  let n0 = n_base + row * d_stride;
  let n1 = min(n0 + d_stride, n_last);
  let n2 = min(n1 + d_stride, n_last);
  let n3 = min(n2 + d_stride, n_last);
  let n4 = min(n3 + d_stride, n_last);
  let n5 = min(n4 + d_stride, n_last);
  let n6 = min(n5 + d_stride, n_last);
  let n7 = min(n6 + d_stride, n_last);
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + 2u * params.hidden_size * hidden4 + unit4;
    var s_top = mat4x4<f32>();
    var s_bottom = mat4x4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let top = mat4x4<f32>(d_projected[n0 + k], d_projected[n1 + k], d_projected[n2 + k], d_projected[n3 + k]);
      let bottom = mat4x4<f32>(d_projected[n4 + k], d_projected[n5 + k], d_projected[n6 + k], d_projected[n7 + k]);
      let weights = load_weights(w_at, hidden4);
      s_top += weights * top;
      s_bottom += weights * bottom;
      w_at += params.hidden_size;
    }
    var s_sums = rows_of(s_top, s_bottom);
    for (var i = 0u; i < 8u; i++) {
      finish_reset(step, row + i, unit4, s_sums[i]);
    }
  }
}

fn one_row(step: Step, row: u32, local: u32) {
  let hidden4 = params.hidden_size / 4u;
  let d_at = step.d_read + row * 3u * hidden4;
  let steps = select(0u, 2u * hidden4, step.recurrent);
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + unit4;
    var sum = vec4<f32>();
    for (var k = 0u; k < steps; k++) {
      let d = d_projected[d_at + k];
      let weights = load_weights(w_at, hidden4);
      sum += weights * d;
      w_at += params.hidden_size;
    }
    finish_candidate(step, row, unit4, sum);
  }
  storageBarrier();
  let n_at = step.d_write + (row * 3u + 2u) * hidden4;
  for (var unit4 = local; unit4 < hidden4; unit4 += WORKGROUP_SIZE) {
    var w_at = params.weight_hh_offset / 4u + 2u * params.hidden_size * hidden4 + unit4;
    var sum = vec4<f32>();
    for (var k = 0u; k < hidden4; k++) {
      let weights = load_weights(w_at, hidden4);
      sum += weights * d_projected[n_at + k];
      w_at += params.hidden_size;
    }
    finish_reset(step, row, unit4, sum);
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = (group.x + group.y * groups.x) * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  if (ROWS == 1u) {
    one_row(step_at(params.time), row, local);
  } else {
    eight_rows(step_at(params.time), row, local);
  }
}
