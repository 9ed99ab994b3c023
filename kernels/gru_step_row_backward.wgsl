// Gradient of one time step of a GRU that resets after the matmul, in registers, one batch row per thread.
// Made for software adapters: no workgroup memory, no barriers.
//
//   dh   = d_h + d_hs + d_hidden_read · weight_hh          (the last two only where their flag is set)
//   dn   = dh ∘ (1 − z) ∘ (1 − n²)     dz = dh ∘ (h − n) ∘ z(1 − z)     dr = dn ∘ q ∘ r(1 − r)
//   d_projected = dr dz dn             d_hidden = dr dz dn∘r            d_h = dh ∘ z
//
// Past a sequence's end d_projected and d_hidden are 0 and d_h stays, so that the final h's gradient enters at each row's end.
//
// weight_hh    [3 · hidden, hidden]: w_r w_z w_n
// gates        [batch, 4 · hidden] of this step: r z n q
// h            [batch, hidden]: the state that this step read
// d_hs         [batch, hidden] of this step: gradient of the step's output (has_d_hs)
// lengths      [batch]: rows end there (has_lengths), else at seq_len
// d_h          [batch, hidden]: gradient of h past the matmul; the final h's before the last step
// d_projected  [batch, 3 · hidden] of this step
// d_hidden     [time, batch, 3 · hidden]: the step after this one is read at element offset d_hidden_read (has_recurrent),
//              this one is written at d_hidden_write
//
// One thread owns 4 hidden units of one batch row; unit_blocks = hidden / 4. Dispatch ceil(batch · unit_blocks / 8)
// workgroups, folded into (x, y) past 65,535.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @use lib/lengths.wgsl
// @use lib/vector.wgsl

struct Params {
  batch_size: u32,
  hidden_size: u32,
  unit_blocks: u32,
  seq_len: u32,
  time: u32,
  d_hidden_read: u32,
  d_hidden_write: u32,
  has_recurrent: u32,
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

@group(0) @binding(0) var<storage, read> weight_hh: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> h: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_hs: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> d_hidden: array<vec4<f32>>;
@group(0) @binding(8) var<uniform> params: Params;

const WORKGROUP_SIZE: u32 = 8;

// Four units of the weights at four gate rows.
fn load_weights(at: u32, stride: u32) -> mat4x4<f32> {
  return mat4x4<f32>(weight_hh[at], weight_hh[at + stride], weight_hh[at + 2u * stride], weight_hh[at + 3u * stride]);
}

// The gradients of four units of one batch row.
fn finish(row: u32, unit4: u32, recurrent: vec4<f32>) {
  let width = params.hidden_size / 4u;
  if (row >= params.batch_size || unit4 >= width) {
    return;
  }
  let at = row * width + unit4;
  var dr = vec4<f32>();
  var dz = vec4<f32>();
  var dn = vec4<f32>();
  var dq = vec4<f32>();
  if (params.time < end_of(row)) {
    let d_h_at = params.d_h_offset / 4u + at;
    var dh = recurrent + d_h[d_h_at];
    if (params.has_d_hs != 0u) {
      dh += d_hs[params.d_hs_offset / 4u + at];
    }
    let gates_at = params.gates_offset / 4u + row * 4u * width + unit4;
    let r = gates[gates_at];
    let z = gates[gates_at + width];
    let n = gates[gates_at + 2u * width];
    dn = dh * (1.0 - z) * (1.0 - n * n);
    dz = dh * (h[params.h_offset / 4u + at] - n) * z * (1.0 - z);
    dr = dn * gates[gates_at + 3u * width] * r * (1.0 - r);
    dq = dn * r;
    d_h[d_h_at] = dh * z;
  }
  let projected_at = params.d_projected_offset / 4u + row * 3u * width + unit4;
  d_projected[projected_at] = dr;
  d_projected[projected_at + width] = dz;
  d_projected[projected_at + 2u * width] = dn;
  let hidden_at = (params.d_hidden_offset + params.d_hidden_write) / 4u + row * 3u * width + unit4;
  d_hidden[hidden_at] = dr;
  d_hidden[hidden_at + width] = dz;
  d_hidden[hidden_at + 2u * width] = dq;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let unit4 = block % params.unit_blocks;
  let row = block / params.unit_blocks;
  if (row >= params.batch_size) {
    return;
  }
  let hidden4 = params.hidden_size / 4u;
  let d_at = (params.d_hidden_offset + params.d_hidden_read) / 4u + row * 3u * hidden4;
  var w_at = params.weight_hh_offset / 4u + unit4;
  let steps = select(0u, 3u * hidden4, params.has_recurrent != 0u);
  var sum = vec4<f32>();
  for (var k = 0u; k < steps; k++) {
    let d = d_hidden[d_at + k];
    let weights = load_weights(w_at, hidden4);
    sum += weights * d;
    w_at += params.hidden_size;
  }
  finish(row, unit4, sum);
}
