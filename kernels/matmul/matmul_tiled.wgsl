// Matrix product by tiles in workgroup memory, for GPUs: any shape, any transpose, and any part of the sum over k.
// Formula and bindings: matmul/lib/operands.wgsl, but for y [splits, batch, m, n] where the sum is cut: part s covers k from
// s · k_part to (s + 1) · k_part, without bias, and matmul_split_sum adds the parts up. splits = ceil(k / k_part).
//
// One workgroup owns a tile of 64 rows and 64 columns of y, one thread 4 rows and 4 columns of it, held in registers.
// row_blocks and column_blocks count tiles; dispatch splits · batch · row_blocks · column_blocks workgroups, folded; columns
// run fastest.
// Each step brings 16 k of both operands into workgroup memory, transposed so that a thread's 4 rows (columns) are one
// vec4. Neighbouring threads load along whichever axis is contiguous; the tiles' rows are padded by one vec4, so that
// neither order meets bank conflicts. Everything past an edge is loaded as 0.
// Barriers: two per step, in uniform control flow (the loop depends on the workgroup and the params only).
// Preconditions: none.
// Slow on software adapters, which emulate barriers: the register kernels (matmul_nn and others) are for those.
//
// @use matmul/lib/operands.wgsl
// @use lib/stored-numbers.wgsl
// @use lib/by-workgroup.wgsl

alias Element = f32;
const WORKGROUP_SIZE: u32 = 256;
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

fn own(group: u32, thread: u32) {
  let local = min(thread, WORKGROUP_SIZE - 1u);
  let block = block_of(group);
  let first_column = block.column * TILE;
  let first_row = block.row * TILE;
  // all matrices of a batch for the first part of k, then those for the second
  let z = block.z % params.batch_size;
  let k_begin = block.z / params.batch_size * params.k_part;
  if (k_begin >= params.k) {
    return;
  }
  let a_base = params.a_offset + z * params.a_stride_batch;
  let b_base = params.b_offset + z * params.b_stride_batch;
  let k_end = min(k_begin + params.k_part, params.k);

  let a_share = share(local, params.a_stride_k == 1u);
  let b_share = share(local, params.b_stride_k == 1u);
  let own_columns = local % 16u;
  let own_rows = local / 16u;
  var sums = mat4x4<f32>();
  for (var k = k_begin; k < k_end; k += STEP) {
    a_tile[a_share.x * ROW_STRIDE + a_share.y] = load_a(a_base, first_row + 4u * a_share.y, k + a_share.x, k_end);
    b_tile[b_share.x * ROW_STRIDE + b_share.y] = load_b(b_base, first_column + 4u * b_share.y, k + b_share.x, k_end);
    workgroupBarrier();
    for (var i = 0u; i < STEP; i++) {
      let rows = a_tile[i * ROW_STRIDE + own_rows];
      let columns = b_tile[i * ROW_STRIDE + own_columns];
      sums += mat4x4<f32>(columns * rows.x, columns * rows.y, columns * rows.z, columns * rows.w);
    }
    workgroupBarrier();
  }

  let row = first_row + 4u * own_rows;
  let column = first_column + 4u * own_columns;
  for (var i = 0u; i < 4u && row + i < params.m; i++) {
    let values = sums[i];
    let at = params.y_offset + (block.z * params.m + row + i) * params.n + column;
    for (var j = 0u; j < 4u && column + j < params.n; j++) {
      var value = values[j];
      if (params.has_bias != 0u) {
        value += bias[params.bias_offset + column + j];
      }
      y[at + j] = value;
    }
  }
}
