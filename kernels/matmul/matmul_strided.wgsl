// Matrix product in registers, a and b at any strides. Made for software adapters: no workgroup memory, no barriers.
//
//   y[z, i, j] = Σ_k op(a)[z, i, k] · op(b)[z, k, j] + bias[j]
//
// a     [batch or 1, m, k] at any strides: element (i, k) lies at i · a_stride_m + k · a_stride_k
// b     [batch or 1, k, n] at any strides: element (k, j) lies at k · b_stride_k + j · b_stride_n
// bias  [n]; not read where has_bias is 0
// y     [batch, m, n]
//
// One thread owns 8 rows and 8 columns of y, 16 and 16 in the variant wide, as 4 × 4 blocks: a load costs what ten
// multiply-adds cost on SwiftShader, and large blocks load less. With S = 8 or 16: row_blocks = ceil(m / S),
// column_blocks = ceil(n / S); dispatch ceil(batch · row_blocks · column_blocks / 16) workgroups,
// folded into (x, y) past 65,535; columns run fastest. A batch stride of 0 uses the same matrix for the whole batch.
// y aliases nothing.
// Preconditions: none.
//
// @software
// @variant wide WIDE=true
// @use matmul/lib/block.wgsl
// @use matmul/lib/strided.wgsl

fn a_at(place: Place, row: u32) -> vec4<u32> {
  return place.a + min(row + FIRST_FOUR, vec4<u32>(params.m - 1u)) * params.a_stride_m;
}

fn a_step(place: Place, k: u32) -> Four {
  let ks = k + FIRST_FOUR;
  return Four(ks * params.a_stride_k, ks < vec4<u32>(params.k));
}

fn load_row(row: u32, step: Four) -> vec4<f32> {
  let at = row + step.at;
  return select(vec4<f32>(), vec4<f32>(a[at.x], a[at.y], a[at.z], a[at.w]), step.inside);
}

fn load_a(rows: vec4<u32>, step: Four) -> mat4x4<f32> {
  return mat4x4<f32>(load_row(rows.x, step), load_row(rows.y, step), load_row(rows.z, step), load_row(rows.w, step));
}
