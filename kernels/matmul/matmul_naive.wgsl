// Matrix product, the readable baseline: y = op(a) · op(b) + bias, any shape, any transpose.
//
//   y[z, i, j] = Σ_k a[z, i, k] · b[z, k, j] + bias[j]
//
// a     [batch or 1, m, k], stored as [m, k] or [k, m]: element (i, k) lies at i · a_stride_m + k · a_stride_k
// b     [batch or 1, k, n], stored as [k, n] or [n, k]: element (k, j) lies at k · b_stride_k + j · b_stride_n
// bias  [n]; not read where has_bias is 0
// y     [batch, m, n]
//
// A batch stride of 0 uses the same matrix for the whole batch.
// One thread owns one element of y, a workgroup a tile of 8 rows and 8 columns. Dispatch
// batch · row_tiles · column_tiles workgroups, folded into (x, y) past 65,535; columns run fastest.
// Preconditions: none. y aliases nothing. No barriers.

struct Params {
  m: u32,
  n: u32,
  k: u32,
  batch_size: u32,
  row_tiles: u32,
  column_tiles: u32,
  a_stride_batch: u32,
  a_stride_m: u32,
  a_stride_k: u32,
  b_stride_batch: u32,
  b_stride_k: u32,
  b_stride_n: u32,
  has_bias: u32,
  a_offset: u32,
  b_offset: u32,
  bias_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const TILE: u32 = 8;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let tile = group.x + group.y * groups.x;
  let column = (tile % params.column_tiles) * TILE + local.x;
  let row = (tile / params.column_tiles % params.row_tiles) * TILE + local.y;
  let z = tile / (params.column_tiles * params.row_tiles);
  if (z >= params.batch_size || row >= params.m || column >= params.n) {
    return;
  }
  var a_at = params.a_offset + z * params.a_stride_batch + row * params.a_stride_m;
  var b_at = params.b_offset + z * params.b_stride_batch + column * params.b_stride_n;
  var sum = 0.0;
  for (var k = 0u; k < params.k; k++) {
    sum += a[a_at] * b[b_at];
    a_at += params.a_stride_k;
    b_at += params.b_stride_k;
  }
  if (params.has_bias != 0u) {
    sum += bias[params.bias_offset + column];
  }
  y[params.y_offset + (z * params.m + row) * params.n + column] = sum;
}
