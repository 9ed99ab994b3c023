// Gradient of one time step of a GRU that resets after the matmul, the readable baseline. See gru_step_naive_forward.
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
// One thread owns one hidden unit of one batch row. Dispatch ceil(batch · hidden / 64) workgroups, folded into (x, y) past
// 65,535. Preconditions: none on sizes. No written binding aliases another. No barriers.
//
// @use recurrent/lib/gru-backward.wgsl

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
  d_hidden_offset: u32,
}

@group(0) @binding(0) var<storage, read> weight_hh: array<f32>;
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
const WORKGROUP_SIZE: u32 = 64;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let hidden = params.hidden_size;
  if (index >= params.batch_size * hidden) {
    return;
  }
  let step = step_at(params.time);
  let row = index / hidden;
  let unit = index % hidden;
  let d_at = step.d_hidden_read + row * 3u * hidden;
  let w_at = params.weight_hh_offset + unit;
  let steps = select(0u, 3u * hidden, step.recurrent);
  var sum = 0.0;
  for (var k = 0u; k < steps; k++) {
    sum += d_hidden[d_at + k] * weight_hh[w_at + k * hidden];
  }
  finish(step, row, unit, sum);
}
