// Gradient of one time step of a GRU that resets after the matmul, in registers, shared by quads.
// Made for software adapters: no workgroup memory, no barriers.
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
// The four threads of a workgroup are a quad of a subgroup and own together 32 hidden units of 32 batch rows, in the variants
// `half` and `low` of 16 or 8 rows: each thread all of the rows and two times four of the units. No two threads of a quad
// read the same of d_hidden, they exchange it.
// unit_blocks = ceil(hidden / 32); row_blocks = ceil(batch / rows). Dispatch row_blocks · unit_blocks workgroups, folded
// into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the
// threads of a workgroup in their order.
//
// @requires subgroups
// @variant half ROWS=16
// @variant low ROWS=8
// @use lib/gru-backward.wgsl
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
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> h: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> d_hidden: array<vec4<f32>>;
@group(0) @binding(8) var<uniform> params: Params;

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

  let hidden4 = params.hidden_size / 4u;
  let d_stride = 3u * hidden4;
  var w_left = params.weight_hh_offset / 4u + min(left_unit4, hidden4 - 1u);
  var w_right = params.weight_hh_offset / 4u + min(right_unit4, hidden4 - 1u);
  let d_last = step.d_hidden_read + (params.batch_size - 1u) * d_stride;
  let d0 = min(step.d_hidden_read + (row + lane) * d_stride, d_last);
  let d1 = min(d0 + 4u * d_stride, d_last);
  let d2 = min(d1 + 4u * d_stride, d_last);
  let d3 = min(d2 + 4u * d_stride, d_last);
  let d4 = min(d3 + 4u * d_stride, d_last);
  let d5 = min(d4 + 4u * d_stride, d_last);
  let d6 = min(d5 + 4u * d_stride, d_last);
  let d7 = min(d6 + 4u * d_stride, d_last);
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
  let steps = select(0u, d_stride, step.recurrent);
  for (var r = 0u; r < steps; r++) {
    let left = load_weights(w_left, hidden4);
    let right = load_weights(w_right, hidden4);
    w_left += params.hidden_size;
    w_right += params.hidden_size;
    let rows0 = share(d_hidden[d0 + r]);
    left0 += left * rows0;
    right0 += right * rows0;
    let rows1 = share(d_hidden[d1 + r]);
    left1 += left * rows1;
    right1 += right * rows1;
    if (ROWS >= 16u) {
      let rows2 = share(d_hidden[d2 + r]);
      left2 += left * rows2;
      right2 += right * rows2;
      let rows3 = share(d_hidden[d3 + r]);
      left3 += left * rows3;
      right3 += right * rows3;
    }
    if (ROWS >= 32u) {
      let rows4 = share(d_hidden[d4 + r]);
      left4 += left * rows4;
      right4 += right * rows4;
      let rows5 = share(d_hidden[d5 + r]);
      left5 += left * rows5;
      right5 += right * rows5;
      let rows6 = share(d_hidden[d6 + r]);
      left6 += left * rows6;
      right6 += right * rows6;
      let rows7 = share(d_hidden[d7 + r]);
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
