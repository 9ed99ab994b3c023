// Gradient of one time step of a GRU that resets before the matmul, one batch row per workgroup, any size.
//
//   dh = d_h + d_hs + (dr dz)_read · (w_r w_z)             (the last two only where their flag is set)
//   dn = dh ∘ (1 − z) ∘ (1 − n²)     dz = dh ∘ (h − n) ∘ z(1 − z)
//   ds = dn · w_n                    dr = ds ∘ h ∘ r(1 − r)              d_h = dh ∘ z + ds ∘ r
//
// Past a sequence's end d_projected is 0 and d_h stays, so that the final h's gradient enters at each row's end.
//
// weight_hh    [3 · hidden, hidden]: w_r w_z w_n
// gates        [batch, 4 · hidden] of this step: r z n s
// h            [batch, hidden]: the state that this step read
// d_hs         [batch, hidden] of this step: gradient of the step's output (has_d_hs)
// lengths      [batch]: rows end there (has_lengths), else at seq_len
// d_h          [batch, hidden]: gradient of h past the matmul of r and z; the final h's before the last step
// d_projected  [time, batch, 3 · hidden]: dr dz dn; the step after this one is read at element offset d_read
//              (has_recurrent), this one is written at d_write
//
// One workgroup owns a whole batch row, because dn of all units is needed for each unit: it stays in workgroup memory
// (16 KiB; less by the variants, as it is cleared at each start and software adapters compile that clearing store by store).
// One thread owns every WORKGROUP_SIZE-th unit. Dispatch batch workgroups, folded into (x, y) past 65,535.
// Barriers: one, in uniform control flow.
// Preconditions: hidden <= 4096. No written binding aliases another.
//
// @use lib/lengths.wgsl
// @use lib/math.wgsl
// @variant small TILE=256
// @variant medium TILE=1024
// @variant wide_small WORKGROUP_SIZE=256 TILE=256
// @variant wide_medium WORKGROUP_SIZE=256 TILE=1024
// @variant wide WORKGROUP_SIZE=256

struct Params {
  batch_size: u32,
  hidden_size: u32,
  seq_len: u32,
  time: u32,
  d_read: u32,
  d_write: u32,
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
}

@group(0) @binding(0) var<storage, read> weight_hh: array<f32>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read> d_hs: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_h: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_projected: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

override WORKGROUP_SIZE: u32 = 64;
// A row: hidden at most.
override TILE: u32 = 4096u;

var<workgroup> dn_tile: array<f32, TILE>;

// dn, dz and the direct part of d_h of one unit of one batch row; gives dn, 0 past the batch and past a sequence's end.
fn finish_candidate(row: u32, unit: u32, recurrent: f32) -> f32 {
  if (row >= params.batch_size) {
    return 0.0;
  }
  let width = params.hidden_size;
  let at = row * width + unit;
  var dz = 0.0;
  var dn = 0.0;
  if (params.time < end_of(row)) {
    let d_h_at = params.d_h_offset + at;
    var dh = recurrent + d_h[d_h_at];
    if (params.has_d_hs != 0u) {
      dh += d_hs[params.d_hs_offset + at];
    }
    let gates_at = params.gates_offset + row * 4u * width + unit;
    let z = gates[gates_at + width];
    let n = gates[gates_at + 2u * width];
    dn = dh * (1.0 - z) * (1.0 - n * n);
    dz = dh * (h[params.h_offset + at] - n) * z * (1.0 - z);
    d_h[d_h_at] = dh * z;
  }
  let write_at = params.d_projected_offset + params.d_write + row * 3u * width + unit;
  d_projected[write_at + width] = dz;
  d_projected[write_at + 2u * width] = dn;
  return dn;
}

// dr and the rest of d_h of one unit of one batch row.
fn finish_reset(row: u32, unit: u32, ds: f32) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size;
  let at = row * width + unit;
  var dr = 0.0;
  if (params.time < end_of(row)) {
    let r = gates[params.gates_offset + row * 4u * width + unit];
    dr = ds * h[params.h_offset + at] * r * (1.0 - r);
    d_h[params.d_h_offset + at] += ds * r;
  }
  d_projected[params.d_projected_offset + params.d_write + row * 3u * width + unit] = dr;
}

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
  let width = params.hidden_size;
  let d_at = params.d_projected_offset + params.d_read + row * 3u * width;
  let steps = select(0u, 2u * width, params.has_recurrent != 0u);
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + unit;
    var sum = 0.0;
    for (var k = 0u; k < steps; k++) {
      sum += d_projected[d_at + k] * weight_hh[w_at + k * width];
    }
    dn_tile[unit] = finish_candidate(row, unit, sum);
  }
  workgroupBarrier();
  for (var unit = local; unit < width; unit += WORKGROUP_SIZE) {
    let w_at = params.weight_hh_offset + 2u * width * width + unit;
    var sum = 0.0;
    for (var k = 0u; k < width; k++) {
      sum += dn_tile[k] * weight_hh[w_at + k * width];
    }
    finish_reset(row, unit, sum);
  }
}
