// One time step of a GRU that resets after the matmul (gates r z n) in registers, shared by quads.
// Made for software adapters: no workgroup memory, no barriers.
//
//   r = σ(p_r + h · w_rᵀ + b_r)      z = σ(p_z + h · w_zᵀ + b_z)      q = h · w_nᵀ + b_n
//   n = tanh(p_n + r ∘ q)           h' = (1 − z) ∘ n + z ∘ h
//
// projected  [time, batch, 3 · hidden]: p_r p_z p_n = x · weight_ihᵀ + b_ih
// weight_hh  [3 · hidden, hidden]: w_r w_z w_n
// bias_hh    [3 · hidden]: b_r b_z b_n (has_bias)
// lengths    [batch]: rows with time >= lengths[row] keep their h (has_lengths)
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1
// gates      [time, batch, 4 · hidden]: receives r z n q; zeros past a sequence's end
//
// The four threads of a workgroup are a quad of a subgroup and own together 16 hidden units of 16 batch rows, in the variant
// `low` of 8: each thread 4 units of all of the rows. No two threads of a quad read the same of h, they exchange it.
// unit_blocks = ceil(hidden / 16); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded into
// (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @requires subgroups
// @variant low ROWS=8
// @use recurrent/lib/gru-forward.wgsl
// @use recurrent/lib/blocks.wgsl
// @use lib/quads.wgsl

enable subgroups;

// Batch rows per workgroup: 16 or 8.
override ROWS: u32 = 16u;

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  seq_len: u32,
  time: u32,
  has_bias: u32,
  has_lengths: u32,
  projected_offset: u32,
  weight_hh_offset: u32,
  bias_hh_offset: u32,
  lengths_offset: u32,
  h_history_offset: u32,
  gates_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight_hh: array<Stored>;
@group(0) @binding(2) var<storage, read> bias_hh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> h_history: array<vec4<f32>>;
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
  let w_r = params.weight_hh_offset / 4u + min(unit4, hidden4 - 1u) * params.hidden_size;
  let w_z = w_r + gate_stride;
  let w_n = w_z + gate_stride;
  let h_last = step.h_read + (params.batch_size - 1u) * hidden4;
  let h0 = min(step.h_read + (row + lane) * hidden4, h_last);
  let h1 = min(h0 + 4u * hidden4, h_last);
  let h2 = min(h1 + 4u * hidden4, h_last);
  let h3 = min(h2 + 4u * hidden4, h_last);
  var r0 = mat4x4<f32>();
  var z0 = mat4x4<f32>();
  var q0 = mat4x4<f32>();
  var r1 = mat4x4<f32>();
  var z1 = mat4x4<f32>();
  var q1 = mat4x4<f32>();
  var r2 = mat4x4<f32>();
  var z2 = mat4x4<f32>();
  var q2 = mat4x4<f32>();
  var r3 = mat4x4<f32>();
  var z3 = mat4x4<f32>();
  var q3 = mat4x4<f32>();
  for (var k = 0u; k < hidden4; k++) {
    let weights_r = transpose(load_weights(w_r + k, hidden4));
    let weights_z = transpose(load_weights(w_z + k, hidden4));
    let weights_q = transpose(load_weights(w_n + k, hidden4));
    let rows0 = share(h_history[h0 + k]);
    r0 += weights_r * rows0;
    z0 += weights_z * rows0;
    q0 += weights_q * rows0;
    let rows1 = share(h_history[h1 + k]);
    r1 += weights_r * rows1;
    z1 += weights_z * rows1;
    q1 += weights_q * rows1;
    if (ROWS == 16u) {
      let rows2 = share(h_history[h2 + k]);
      r2 += weights_r * rows2;
      z2 += weights_z * rows2;
      q2 += weights_q * rows2;
      let rows3 = share(h_history[h3 + k]);
      r3 += weights_r * rows3;
      z3 += weights_z * rows3;
      q3 += weights_q * rows3;
    }
  }
  var r_sums = array<mat4x4<f32>, 4>(r0, r1, r2, r3);
  var z_sums = array<mat4x4<f32>, 4>(z0, z1, z2, z3);
  var q_sums = array<mat4x4<f32>, 4>(q0, q1, q2, q3);
  for (var i = 0u; i < ROWS; i++) {
    let at = i >> 2u;
    let column = i & 3u;
    finish(step, row + (i ^ lane), unit4, r_sums[at][column], z_sums[at][column], q_sums[at][column]);
  }
}
