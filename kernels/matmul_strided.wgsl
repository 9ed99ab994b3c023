// Matrix product in registers, a and b at any strides. Made for software adapters: no workgroup memory, no barriers.
//
//   y[z, i, j] = Σ_k op(a)[z, i, k] · op(b)[z, k, j] + bias[j]
//
// a     [batch or 1, m, k] at any strides: element (i, k) lies at i · a_stride_m + k · a_stride_k
// b     [batch or 1, k, n] at any strides: element (k, j) lies at k · b_stride_k + j · b_stride_n
// bias  [n]; not read where has_bias is 0
// y     [batch, m, n]
//
// One thread owns 8 rows and 8 columns of y: four 4 × 4 blocks, each a matrix whose column r holds row r of the block,
// so that a step of four k is `block += b_part · a_part`. row_blocks = ceil(m / 8), column_blocks = ceil(n / 8); dispatch
// ceil(batch · row_blocks · column_blocks / 16) workgroups, folded into (x, y) past 65,535; columns run fastest.
// A batch stride of 0 uses the same matrix for the whole batch. y aliases nothing.
// Rows and columns past the edge repeat the last ones: they are read, computed and written to the same place with the
// same values, so that neither loads nor stores need a branch.
// Preconditions: none.
// About 60% of the speed of the vec4 kernels on SwiftShader.

struct Params {
  m: u32,
  n: u32,
  k: u32,
  batch_size: u32,
  row_blocks: u32,
  column_blocks: u32,
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

const WORKGROUP_SIZE: u32 = 16;

fn load_a(at: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(a[at.x], a[at.y], a[at.z], a[at.w]);
}

fn load_b(at: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(b[at.x], b[at.y], b[at.z], b[at.w]);
}

// Four rows of a at four k.
fn load_a_block(at: vec4<u32>) -> mat4x4<f32> {
  let step = params.a_stride_k;
  return transpose(mat4x4<f32>(load_a(at), load_a(at + step), load_a(at + 2u * step), load_a(at + 3u * step)));
}

// Four k of b at four columns.
fn load_b_block(at: vec4<u32>) -> mat4x4<f32> {
  let step = params.b_stride_k;
  return mat4x4<f32>(load_b(at), load_b(at + step), load_b(at + 2u * step), load_b(at + 3u * step));
}

// Column r is row r of a block: the part that one k adds.
fn outer(rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(columns * rows.x, columns * rows.y, columns * rows.z, columns * rows.w);
}

fn load_bias(columns: vec4<u32>) -> vec4<f32> {
  if (params.has_bias == 0u) {
    return vec4<f32>();
  }
  let at = params.bias_offset + columns;
  return vec4<f32>(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
}

fn store(z: u32, row: u32, columns: vec4<u32>, value: vec4<f32>) {
  let at = params.y_offset + (z * params.m + min(row, params.m - 1u)) * params.n + columns;
  y[at.x] = value.x;
  y[at.y] = value.y;
  y[at.z] = value.z;
  y[at.w] = value.w;
}

fn store_block(z: u32, row: u32, first_column: u32, block: mat4x4<f32>) {
  let column = min(first_column + vec4<u32>(0, 1, 2, 3), vec4<u32>(params.n - 1u));
  let bias_part = load_bias(column);
  store(z, row, column, block[0] + bias_part);
  store(z, row + 1u, column, block[1] + bias_part);
  store(z, row + 2u, column, block[2] + bias_part);
  store(z, row + 3u, column, block[3] + bias_part);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = (group.x + group.y * groups.x) * WORKGROUP_SIZE + local;
  let column = (block % params.column_blocks) * 8u;
  let row = (block / params.column_blocks % params.row_blocks) * 8u;
  let z = block / (params.column_blocks * params.row_blocks);
  if (z >= params.batch_size) {
    return;
  }
  let a_base = params.a_offset + z * params.a_stride_batch;
  let last = params.m - 1u;
  var a_top = a_base + params.a_stride_m * min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), vec4<u32>(last));
  var a_bottom = a_base + params.a_stride_m * min(vec4<u32>(row + 4u, row + 5u, row + 6u, row + 7u), vec4<u32>(last));
  let step = params.a_stride_k;
  let b_base = params.b_offset + z * params.b_stride_batch;
  let b_step = params.b_stride_k;
  var b_left = b_base + params.b_stride_n * min(column + vec4<u32>(0, 1, 2, 3), vec4<u32>(params.n - 1u));
  var b_right = b_base + params.b_stride_n * min(column + vec4<u32>(4, 5, 6, 7), vec4<u32>(params.n - 1u));

  var top_left = mat4x4<f32>();
  var top_right = mat4x4<f32>();
  var bottom_left = mat4x4<f32>();
  var bottom_right = mat4x4<f32>();

  for (var k = 0u; k + 4u <= params.k; k += 4u) {
    let top = load_a_block(a_top);
    let bottom = load_a_block(a_bottom);
    let left = load_b_block(b_left);
    let right = load_b_block(b_right);
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
    a_top += 4u * step;
    a_bottom += 4u * step;
    b_left += 4u * b_step;
    b_right += 4u * b_step;
  }
  for (var k = params.k & ~3u; k < params.k; k++) {
    let left = load_b(b_left);
    let right = load_b(b_right);
    let top = load_a(a_top);
    let bottom = load_a(a_bottom);
    top_left += outer(top, left);
    top_right += outer(top, right);
    bottom_left += outer(bottom, left);
    bottom_right += outer(bottom, right);
    a_top += step;
    a_bottom += step;
    b_left += b_step;
    b_right += b_step;
  }

  store_block(z, row, column, top_left);
  store_block(z, row, column + 4u, top_right);
  store_block(z, row + 4u, column, bottom_left);
  store_block(z, row + 4u, column + 4u, bottom_right);
}
