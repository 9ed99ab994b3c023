// One time step of an LSTM in registers, shared by quads. Made for software adapters: no workgroup memory, no barriers.
//
//   z = projected + h · weight_hhᵀ + bias_hh    [batch, 4 · hidden], gate order i f g o
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
//   c' = f ∘ c + i ∘ g                      h' = o ∘ tanh(c')
//
// projected  [time, batch, 4 · hidden]: x · weight_ihᵀ + bias_ih, or both biases
// weight_hh  [4 · hidden, hidden]
// bias_hh    [4 · hidden] (has_bias); not read in the variants `plain`
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// c_history  likewise
// gates      [time, batch, 4 · hidden]: receives i f g o after their activation
//
// The four threads of a workgroup are a quad of a subgroup and own together 16 hidden units of 16 batch rows, in the variant
// `low` of 8: each thread 4 units of all of the rows. No two threads of a quad read the same of h, they exchange it.
// unit_blocks = ceil(hidden / 16); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded into
// (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No binding aliases another. A subgroup numbers the threads of a
// workgroup in their order.
//
// @requires subgroups
// @variant low ROWS=8
// @use recurrent/lib/lstm-forward.wgsl
// @use recurrent/lib/blocks.wgsl
// @use lib/quads.wgsl
// @also plain BIASED=false

enable subgroups;

// Batch rows per workgroup: 16 or 8.
override ROWS: u32 = 16u;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
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

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> c_history: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

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
  let unit4 = block % params.unit_blocks * 4u + lane;
  let step = step_at(params.time);

  let hidden4 = params.hidden_size / 4u;
  let gate_stride = params.hidden_size * hidden4;
  let w_i = params.weight_hh_offset / 4u + min(unit4, hidden4 - 1u) * params.hidden_size;
  let w_f = w_i + gate_stride;
  let w_g = w_f + gate_stride;
  let w_o = w_g + gate_stride;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = min(step.h_read + (row + lane) * hidden4, h_last);
  let h1 = min(h0 + 4u * hidden4, h_last);
  let h2 = min(h1 + 4u * hidden4, h_last);
  let h3 = min(h2 + 4u * hidden4, h_last);
  var i0 = mat4x4<f32>();
  var f0 = mat4x4<f32>();
  var g0 = mat4x4<f32>();
  var o0 = mat4x4<f32>();
  var i1 = mat4x4<f32>();
  var f1 = mat4x4<f32>();
  var g1 = mat4x4<f32>();
  var o1 = mat4x4<f32>();
  var i2 = mat4x4<f32>();
  var f2 = mat4x4<f32>();
  var g2 = mat4x4<f32>();
  var o2 = mat4x4<f32>();
  var i3 = mat4x4<f32>();
  var f3 = mat4x4<f32>();
  var g3 = mat4x4<f32>();
  var o3 = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let weights_i = transpose(load_weights(w_i + k, hidden4));
    let weights_f = transpose(load_weights(w_f + k, hidden4));
    let weights_g = transpose(load_weights(w_g + k, hidden4));
    let weights_o = transpose(load_weights(w_o + k, hidden4));
    let rows0 = share(h_history[h0 + k]);
    i0 += weights_i * rows0;
    f0 += weights_f * rows0;
    g0 += weights_g * rows0;
    o0 += weights_o * rows0;
    let rows1 = share(h_history[h1 + k]);
    i1 += weights_i * rows1;
    f1 += weights_f * rows1;
    g1 += weights_g * rows1;
    o1 += weights_o * rows1;
    if (ROWS == 16u) {
      let rows2 = share(h_history[h2 + k]);
      i2 += weights_i * rows2;
      f2 += weights_f * rows2;
      g2 += weights_g * rows2;
      o2 += weights_o * rows2;
      let rows3 = share(h_history[h3 + k]);
      i3 += weights_i * rows3;
      f3 += weights_f * rows3;
      g3 += weights_g * rows3;
      o3 += weights_o * rows3;
    }
  }
  var i_sums = array<mat4x4<f32>, 4>(i0, i1, i2, i3);
  var f_sums = array<mat4x4<f32>, 4>(f0, f1, f2, f3);
  var g_sums = array<mat4x4<f32>, 4>(g0, g1, g2, g3);
  var o_sums = array<mat4x4<f32>, 4>(o0, o1, o2, o3);
  for (var i = 0u; i < ROWS; i++) {
    let at = i >> 2u;
    let column = i & 3u;
    finish(step, row + (i ^ lane), unit4, i_sums[at][column], f_sums[at][column], g_sums[at][column], o_sums[at][column]);
  }
}
