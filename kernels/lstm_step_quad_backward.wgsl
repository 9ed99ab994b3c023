// Gradient of one time step of an LSTM in registers, shared by quads. Made for software adapters: no workgroup memory, no
// barriers.
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
// The four threads of a workgroup are a quad of a subgroup and own together 32 hidden units of 32 batch rows, in the variants
// `half` and `low` of 16 or 8 rows: each thread all of the rows and two times four of the units. No two threads of a quad
// read the same of d_gates, they exchange it.
// unit_blocks = ceil(hidden / 32); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded
// into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @requires subgroups
// @variant half ROWS=16
// @variant low ROWS=8
// @use lib/lstm-backward.wgsl
// @use lib/blocks.wgsl
// @use lib/quads.wgsl

enable subgroups;

// Batch rows per workgroup: 32, 16 or 8.
override ROWS: u32 = 32u;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
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
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> c_history: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> d_h_last: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> d_c: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.x + group.y * groups.x;
  let row = block / params.unit_blocks * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  let left_unit4 = block % params.unit_blocks * 8u + lane;
  let right_unit4 = left_unit4 + 4u;
  let step = step_at(params.time);

  let hidden = params.hidden_size;
  let hidden4 = hidden / 4u;
  var w_left = params.weight_hh_offset / 4u + min(left_unit4, hidden4 - 1u);
  var w_right = params.weight_hh_offset / 4u + min(right_unit4, hidden4 - 1u);
  let d_last = step.d_gates_read + (params.batch_size - 1u) * hidden;
  let d0 = min(step.d_gates_read + (row + lane) * hidden, d_last);
  let d1 = min(d0 + 4u * hidden, d_last);
  let d2 = min(d1 + 4u * hidden, d_last);
  let d3 = min(d2 + 4u * hidden, d_last);
  let d4 = min(d3 + 4u * hidden, d_last);
  let d5 = min(d4 + 4u * hidden, d_last);
  let d6 = min(d5 + 4u * hidden, d_last);
  let d7 = min(d6 + 4u * hidden, d_last);
  var left0 = mat4x4<f32>();
  var right0 = mat4x4<f32>();
  var left1 = mat4x4<f32>();
  var right1 = mat4x4<f32>();
  var left2 = mat4x4<f32>();
  var right2 = mat4x4<f32>();
  var left3 = mat4x4<f32>();
  var right3 = mat4x4<f32>();
  var left4 = mat4x4<f32>();
  var right4 = mat4x4<f32>();
  var left5 = mat4x4<f32>();
  var right5 = mat4x4<f32>();
  var left6 = mat4x4<f32>();
  var right6 = mat4x4<f32>();
  var left7 = mat4x4<f32>();
  var right7 = mat4x4<f32>();
  let steps = select(0u, hidden, step.recurrent);
  for (var r = 0u; r < steps; r++) {
    let left = load_weights(w_left, hidden4);
    let right = load_weights(w_right, hidden4);
    w_left += hidden;
    w_right += hidden;
    let rows0 = share(d_gates[d0 + r]);
    left0 += left * rows0;
    right0 += right * rows0;
    let rows1 = share(d_gates[d1 + r]);
    left1 += left * rows1;
    right1 += right * rows1;
    if (ROWS >= 16u) {
      let rows2 = share(d_gates[d2 + r]);
      left2 += left * rows2;
      right2 += right * rows2;
      let rows3 = share(d_gates[d3 + r]);
      left3 += left * rows3;
      right3 += right * rows3;
    }
    if (ROWS >= 32u) {
      let rows4 = share(d_gates[d4 + r]);
      left4 += left * rows4;
      right4 += right * rows4;
      let rows5 = share(d_gates[d5 + r]);
      left5 += left * rows5;
      right5 += right * rows5;
      let rows6 = share(d_gates[d6 + r]);
      left6 += left * rows6;
      right6 += right * rows6;
      let rows7 = share(d_gates[d7 + r]);
      left7 += left * rows7;
      right7 += right * rows7;
    }
  }
  var sums = array<mat4x4<f32>, 16>(
    left0, left1, left2, left3, left4, left5, left6, left7, right0, right1, right2, right3, right4, right5, right6, right7
  );
  // one loop over all: the ends take more of the compile time than the sums
  for (var i = 0u; i < 2u * ROWS; i++) {
    let side = i / ROWS;
    let at = i % ROWS;
    finish(step, row + (at ^ lane), left_unit4 + 4u * side, sums[8u * side + (at >> 2u)][at & 3u]);
  }
}
