// Matrix product in registers, b transposed (nt). Made for software adapters: no workgroup memory, no barriers.
//
//   y[z, i, j] = Σ_k op(a)[z, i, k] · op(b)[z, k, j] + bias[j]
//
// a     [batch or 1, m, k]
// b     [batch or 1, n, k]
// bias  [n]; not read where has_bias is 0
// y     [batch, m, n]
//
// One thread owns 8 rows and 8 columns of y, 16 and 16 in the variant wide, as 4 × 4 blocks: a load costs what ten
// multiply-adds cost on SwiftShader, and large blocks load less. With S = 8 or 16: row_blocks = ceil(m / S),
// column_blocks = ceil(n / S); dispatch ceil(batch · row_blocks · column_blocks / 16) workgroups,
// folded into (x, y) past 65,535; columns run fastest. A batch stride of 0 uses the same matrix for the whole batch.
// y aliases nothing.
// Preconditions: k and the offsets of a and b are multiples of 4.
//
// @software
// @variant wide WIDE=true
// @use matmul/lib/block.wgsl
// @use matmul/lib/nt.wgsl

fn a_at(place: Place, row: u32) -> vec4<u32> {
  return (place.a + min(row + FIRST_FOUR, vec4<u32>(params.m - 1u)) * params.k) / 4u;
}

fn a_step(place: Place, k: u32) -> u32 {
  return k / 4u;
}

fn load_a(rows: vec4<u32>, step: u32) -> mat4x4<f32> {
  let at = rows + step;
  return mat4x4<f32>(a[at.x], a[at.y], a[at.z], a[at.w]);
}
