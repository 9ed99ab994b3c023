// Matrix product in registers, a and b at any strides, shared by quads. Made for software adapters: no workgroup memory, no barriers.
//
//   y[z, i, j] = Σ_k op(a)[z, i, k] · op(b)[z, k, j] + bias[j]
//
// a     [batch or 1, m, k] at any strides: element (i, k) lies at i · a_stride_m + k · a_stride_k
// b     [batch or 1, k, n] at any strides: element (k, j) lies at k · b_stride_k + j · b_stride_n
// bias  [n]; not read where has_bias is 0
// y     [batch, m, n]
//
// The four threads of a workgroup are a quad of a subgroup and own together 32 rows (8 in the variant low) and 32 columns of
// y: each thread all of the rows and two times four of the columns. Loads are what matmuls cost on SwiftShader, some 80
// instructions for a number per thread: here no two threads of a quad read the same of op(a), they exchange it.
// row_blocks = ceil(m / 32) (low: 8), column_blocks = ceil(n / 32); dispatch batch · row_blocks · column_blocks workgroups,
// folded into (x, y) past 65,535; columns run fastest. A batch stride of 0 uses the same matrix for the whole batch.
// y aliases nothing.
// Preconditions: a subgroup numbers the threads of a workgroup
// in their order.
//
// @software
// @requires subgroups
// @variant low TALL=false
// @use matmul/lib/quad.wgsl
// @use matmul/lib/strided.wgsl

enable subgroups;

// A thread brings in one row.
fn a_at(place: Place, row: u32) -> u32 {
  return place.a + min(row + place.lane, params.m - 1u) * params.a_stride_m;
}

fn a_step(place: Place, k: u32) -> Four {
  let ks = k + FIRST_FOUR;
  return Four(ks * params.a_stride_k, ks < vec4<u32>(params.k));
}

fn load_a(row: u32, step: Four) -> mat4x4<f32> {
  let at = row + step.at;
  return share(select(vec4<f32>(), vec4<f32>(a[at.x], a[at.y], a[at.z], a[at.w]), step.inside));
}
