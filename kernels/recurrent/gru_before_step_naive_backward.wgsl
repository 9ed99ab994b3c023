// Gradient of one time step of a GRU that resets before the matmul, the readable baseline.
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
// One workgroup owns a whole batch row, because dn of all units is needed for each unit: its threads leave it in
// d_projected for each other. One thread owns every WORKGROUP_SIZE-th unit. Dispatch batch workgroups, folded into (x,
// y) past 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: none on sizes. No written binding aliases another.
//
// @use recurrent/lib/gru-before-backward.wgsl
// @variant wide WORKGROUP_SIZE=256

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

@group(0) @binding(0) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read> d_hs: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

alias Real = f32;
const WIDTH: u32 = 1;

override WORKGROUP_SIZE: u32 = 64u;

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
  let step = step_at(params.time);
  let width = params.hidden_size;
  let d_at = step.d_read + row * 3u * width;
  let steps = select(0u, 2u * width, step.recurrent);
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + unit;
    var sum = 0.0;
    for (var k = 0u; k < steps; k++) {
      sum += d_projected[d_at + k] * weight_hh[w_at + k * width];
    }
    finish_candidate(step, row, unit, sum);
  }
  storageBarrier();
  let dn_at = step.d_write + (row * 3u + 2u) * width;
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + 2u * width * width + unit;
    var sum = 0.0;
    for (var k = 0u; k < width; k++) {
      sum += d_projected[dn_at + k] * weight_hh[w_at + k * width];
    }
    finish_reset(step, row, unit, sum);
  }
}
