// Gradients of time steps of a GRU that resets before the matmul, in registers, shared by quads.
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
// The four threads of a workgroup are a quad of a subgroup and own together 16 whole batch rows, in the variant `low` 8, because
// dn of all units is needed for each unit: they leave it in d_projected for each other, and go through 32 units at a time. No
// two threads of a quad read the same of the rows, they exchange it. What a step leaves, the next one of the same rows reads, so
// that a workgroup goes through `steps` steps down from `time`.
// Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the threads of
// a workgroup in their order.
//
// @use recurrent/lib/gru-before-backward.wgsl
// @use recurrent/lib/blocks.wgsl
// @use lib/quads.wgsl
// @requires subgroups
// @variant low ROWS=8

enable subgroups;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  steps: u32,
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

// Batch rows per workgroup: 16 or 8.
override ROWS: u32 = 16u;

// What a half of a step multiplies: rows from `first` on, `count` fours of each, by the weights from `weights` on.
struct Half {
  first: u32,
  count: u32,
  weights: u32,
  resets: bool,
}

// First dn, dz and the direct part of d_h, then with `resets` dr and the rest of d_h, of all units, 32 at a time. Rows and units
// past the edge repeat the last ones and are not stored.
fn run(step: Step, half: Half, row: u32, lane: u32) {
  let hidden4 = params.hidden_size / 4u;
  let stride = 3u * hidden4;
  let d_last = half.first + (params.batch_size - 1u) * stride;
  let d0 = min(half.first + (row + lane) * stride, d_last);
  let d1 = min(d0 + 4u * stride, d_last);
  let d2 = min(d1 + 4u * stride, d_last);
  let d3 = min(d2 + 4u * stride, d_last);
  for (var block = 0u; block < hidden4; block += 8u) {
    let left_unit4 = block + lane;
    let w_left = half.weights + min(left_unit4, hidden4 - 1u);
    let w_right = half.weights + min(left_unit4 + 4u, hidden4 - 1u);
    var left0 = mat4x4<f32>();
    var right0 = mat4x4<f32>();
    var left1 = mat4x4<f32>();
    var right1 = mat4x4<f32>();
    var left2 = mat4x4<f32>();
    var right2 = mat4x4<f32>();
    var left3 = mat4x4<f32>();
    var right3 = mat4x4<f32>();
    for (var k = 0u; k < half.count; k++) {
      let left = load_weights(w_left + k * params.hidden_size, hidden4);
      let right = load_weights(w_right + k * params.hidden_size, hidden4);
      let rows0 = share(d_projected[d0 + k]);
      left0 += left * rows0;
      right0 += right * rows0;
      let rows1 = share(d_projected[d1 + k]);
      left1 += left * rows1;
      right1 += right * rows1;
      if (ROWS == 16u) {
        let rows2 = share(d_projected[d2 + k]);
        left2 += left * rows2;
        right2 += right * rows2;
        let rows3 = share(d_projected[d3 + k]);
        left3 += left * rows3;
        right3 += right * rows3;
      }
    }
    var sums = array<mat4x4<f32>, 8>(left0, left1, left2, left3, right0, right1, right2, right3);
    for (var i = 0u; i < 2u * ROWS; i++) {
      let side = i / ROWS;
      let at = i % ROWS;
      let sum = sums[4u * side + (at >> 2u)][at & 3u];
      if (half.resets) {
        finish_reset(step, row + (at ^ lane), left_unit4 + 4u * side, sum);
      } else {
        finish_candidate(step, row + (at ^ lane), left_unit4 + 4u * side, sum);
      }
    }
  }
}

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * groups.x) * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  let hidden4 = params.hidden_size / 4u;
  let weights = params.weight_hh_offset / 4u;
  let weights_n = weights + 2u * params.hidden_size * hidden4;
  for (var i = 0u; i < params.steps; i++) {
    let step = step_at(params.time - i);
    run(step, Half(step.d_read, select(0u, 2u * hidden4, step.recurrent), weights, false), row, lane);
    storageBarrier();
    run(step, Half(step.d_write + 2u * hidden4, hidden4, weights_n, true), row, lane);
    storageBarrier();
  }
}
