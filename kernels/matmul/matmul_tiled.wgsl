// Matrix product by tiles in workgroup memory, for GPUs: any shape, any transpose, and any part of the sum over k.
//
//   y[s, z, i, j] = Σ_{k in part s} a[z, i, k] · b[z, k, j] + bias[j]
//
// a     [batch or 1, m, k] at any strides: element (i, k) lies at i · a_stride_m + k · a_stride_k
// b     [batch or 1, k, n] at any strides: element (k, j) lies at k · b_stride_k + j · b_stride_n
// bias  [n]; not read where has_bias is 0 (which it is where splits > 1)
// y     [splits, batch, m, n]; part s covers k from s · k_part to (s + 1) · k_part, matmul_split_sum adds the parts up
//
// A batch stride of 0 uses the same matrix for the whole batch.
// One workgroup owns a tile of 64 rows and 64 columns of y, one thread 4 rows and 4 columns of it, held in registers.
// Dispatch splits · batch · row_tiles · column_tiles workgroups, folded into (x, y) past 65,535; columns run fastest.
// Each step brings 16 k of both operands into workgroup memory, transposed so that a thread's 4 rows (columns) are one
// vec4. Neighbouring threads load along whichever axis is contiguous; the tiles' rows are padded by one vec4, so that
// neither order meets bank conflicts. Everything past an edge is loaded as 0.
// Barriers: two per step, in uniform control flow (the loop depends on the workgroup and the params only).
// Preconditions: none. y aliases nothing.
// Slow on software adapters, which emulate barriers: the register kernels (matmul_nn and others) are for those.
//
// @use lib/stored-numbers.wgsl

struct Params {
  m: u32,
  n: u32,
  k: u32,
  batch_size: u32,
  row_tiles: u32,
  column_tiles: u32,
  splits: u32,
  k_part: u32,
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
@group(0) @binding(1) var<storage, read> b: array<Stored>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const TILE: u32 = 64;
const STEP: u32 = 16;
const ROW_STRIDE: u32 = 17;

// Element (k, i) of the step at vec4 k · ROW_STRIDE + i / 4.
var<workgroup> a_tile: array<vec4<f32>, STEP * ROW_STRIDE>;
var<workgroup> b_tile: array<vec4<f32>, STEP * ROW_STRIDE>;

// Which k and which group of 4 rows (columns) a thread brings in: neighbouring threads take neighbouring k where k is
// contiguous, neighbouring groups otherwise.
fn share(local: u32, k_contiguous: bool) -> vec2<u32> {
  let fast = local % 16u;
  let slow = local / 16u;
  return select(vec2<u32>(slow, fast), vec2<u32>(fast, slow), k_contiguous);
}

// Rows past m are 0; so is everything where k is past its end.
fn load_a(base: u32, row: u32, k: u32, k_end: u32) -> vec4<f32> {
  var part = vec4<f32>();
  if (k < k_end) {
    let at = base + k * params.a_stride_k + row * params.a_stride_m;
    for (var i = 0u; i < 4u && row + i < params.m; i++) {
      part[i] = a[at + i * params.a_stride_m];
    }
  }
  return part;
}

fn load_b(base: u32, column: u32, k: u32, k_end: u32) -> vec4<f32> {
  var part = vec4<f32>();
  if (k < k_end) {
    let at = base + k * params.b_stride_k + column * params.b_stride_n;
    for (var i = 0u; i < 4u && column + i < params.n; i++) {
      let place = at + i * params.b_stride_n;
      part[i] = one(b[place / PER_WORD], place);
    }
  }
  return part;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = group.x + group.y * groups.x;
  let first_column = tile % params.column_tiles * TILE;
  let first_row = tile / params.column_tiles % params.row_tiles * TILE;
  let matrix = tile / (params.column_tiles * params.row_tiles);
  if (matrix >= params.batch_size * params.splits) {
    return;
  }
  let z = matrix % params.batch_size;
  let a_base = params.a_offset + z * params.a_stride_batch;
  let b_base = params.b_offset + z * params.b_stride_batch;
  let k_begin = matrix / params.batch_size * params.k_part;
  let k_end = min(k_begin + params.k_part, params.k);

  let a_share = share(local, params.a_stride_k == 1u);
  let b_share = share(local, params.b_stride_k == 1u);
  let own_columns = local % 16u;
  let own_rows = local / 16u;
  var block = mat4x4<f32>();
  for (var k = k_begin; k < k_end; k += STEP) {
    a_tile[a_share.x * ROW_STRIDE + a_share.y] = load_a(a_base, first_row + 4u * a_share.y, k + a_share.x, k_end);
    b_tile[b_share.x * ROW_STRIDE + b_share.y] = load_b(b_base, first_column + 4u * b_share.y, k + b_share.x, k_end);
    workgroupBarrier();
    for (var i = 0u; i < STEP; i++) {
      let rows = a_tile[i * ROW_STRIDE + own_rows];
      let columns = b_tile[i * ROW_STRIDE + own_columns];
      block += mat4x4<f32>(columns * rows.x, columns * rows.y, columns * rows.z, columns * rows.w);
    }
    workgroupBarrier();
  }

  let row = first_row + 4u * own_rows;
  let column = first_column + 4u * own_columns;
  for (var i = 0u; i < 4u && row + i < params.m; i++) {
    let values = block[i];
    let at = params.y_offset + (matrix * params.m + row + i) * params.n + column;
    for (var j = 0u; j < 4u && column + j < params.n; j++) {
      var value = values[j];
      if (params.has_bias != 0u) {
        value += bias[params.bias_offset + column + j];
      }
      y[at + j] = value;
    }
  }
}
