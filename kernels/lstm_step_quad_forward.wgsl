// One time step of an LSTM in registers, shared by quads. Made for software adapters: no workgroup memory, no barriers.
//
//   z = projected + h · weight_hhᵀ          [batch, 4 · hidden], gate order i f g o
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
//   c' = f ∘ c + i ∘ g                      h' = o ∘ tanh(c')
//
// projected  [time, batch, 4 · hidden]: x · weight_ihᵀ + both biases
// weight_hh  [4 · hidden, hidden]
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
// c_history  likewise
// gates      [time, batch, 4 · hidden]: receives i f g o after their activation
//
// The four threads of a workgroup are a quad of a subgroup and own together 8 hidden units of 32 batch rows, in the variant
// `low` of 16: each thread 4 units of half of the rows. Of the rows of h and of the weights a thread reads half and gets the
// other half from its neighbours.
// unit_blocks = ceil(hidden / 8); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded into
// (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No binding aliases another. A subgroup numbers the threads of a
// workgroup in their order.
//
// @requires subgroups
// @variant low TALL=false
// @use lib/lstm-forward.wgsl
// @use lib/quads.wgsl

enable subgroups;

// Whether the workgroup owns 32 rows, else 16.
override TALL: bool = true;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  reverse: u32,
  time: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  h_history_offset: u32,
  c_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> h_history: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c_history: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.x + group.y * groups.x;
  let rows = select(8u, 16u, TALL);
  let quad_row = block / params.unit_blocks * 2u * rows;
  if (quad_row >= params.batch_size) {
    return;
  }
  let row = quad_row + (lane >> 1u) * rows;
  let unit4 = block % params.unit_blocks * 2u + (lane & 1u);
  let step = step_at(params.time);

  let hidden4 = params.hidden_size / 4u;
  let gate_stride = params.hidden_size * hidden4;
  let w_i = params.weight_hh_offset / 4u + min(unit4, hidden4 - 1u) * params.hidden_size + (lane >> 1u) * 2u * hidden4;
  let w_f = w_i + gate_stride;
  let w_g = w_f + gate_stride;
  let w_o = w_g + gate_stride;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let own_row = row + (lane & 1u) * (rows / 2u);
  let h0 = min(step.h_read + own_row * hidden4, h_last);
  let h1 = min(h0 + hidden4, h_last);
  let h2 = min(h1 + hidden4, h_last);
  let h3 = min(h2 + hidden4, h_last);
  let h4 = min(h3 + hidden4, h_last);
  let h5 = min(h4 + hidden4, h_last);
  let h6 = min(h5 + hidden4, h_last);
  let h7 = min(h6 + hidden4, h_last);
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
    let weights_i = share_weights(w_i + k, hidden4);
    let weights_f = share_weights(w_f + k, hidden4);
    let weights_g = share_weights(w_g + k, hidden4);
    let weights_o = share_weights(w_o + k, hidden4);
    let own0 = mat4x4<f32>(h_history[h0 + k], h_history[h1 + k], h_history[h2 + k], h_history[h3 + k]);
    i0 += product(own0, weights_i);
    f0 += product(own0, weights_f);
    g0 += product(own0, weights_g);
    o0 += product(own0, weights_o);
    let other0 = swap_rows(own0);
    i1 += product(other0, weights_i);
    f1 += product(other0, weights_f);
    g1 += product(other0, weights_g);
    o1 += product(other0, weights_o);
    if (TALL) {
      let own1 = mat4x4<f32>(h_history[h4 + k], h_history[h5 + k], h_history[h6 + k], h_history[h7 + k]);
      i2 += product(own1, weights_i);
      f2 += product(own1, weights_f);
      g2 += product(own1, weights_g);
      o2 += product(own1, weights_o);
      let other1 = swap_rows(own1);
      i3 += product(other1, weights_i);
      f3 += product(other1, weights_f);
      g3 += product(other1, weights_g);
      o3 += product(other1, weights_o);
    }
  }
  var i_sums = rows_of_four(i0, i1, i2, i3);
  var f_sums = rows_of_four(f0, f1, f2, f3);
  var g_sums = rows_of_four(g0, g1, g2, g3);
  var o_sums = rows_of_four(o0, o1, o2, o3);
  for (var i = 0u; i < rows; i++) {
    finish(
      step, row + shared_row(i, lane, rows), unit4, in_order(i_sums[i], lane), in_order(f_sums[i], lane),
      in_order(g_sums[i], lane), in_order(o_sums[i], lane)
    );
  }
}
