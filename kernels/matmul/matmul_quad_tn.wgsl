// Matrix product in registers, a transposed (tn), shared by quads. Made for software adapters: no workgroup memory, no barriers.
//
//   y[z, i, j] = Σ_k op(a)[z, i, k] · op(b)[z, k, j] + bias[j]
//
// a     [batch or 1, k, m]
// b     [batch or 1, k, n]
// bias  [n]; not read where has_bias is 0
// y     [batch, m, n]
//
// The four threads of a workgroup are a quad of a subgroup and own together 32 rows (8 in the variant low) and 32 columns of
// y: each thread all of the rows and two times four of the columns. Loads are what matmuls cost on SwiftShader, some 80
// instructions for a number per thread: here no two threads of a quad read the same of op(a), they exchange it.
// row_blocks = ceil(m / 32) (low: 8), column_blocks = ceil(n / 32); dispatch batch · row_blocks · column_blocks workgroups,
// folded into (x, y) past 65,535; columns run fastest. A batch stride of 0 uses the same matrix for the whole batch.
// y aliases nothing.
// Preconditions: m, n and the offsets of a and b are multiples of 4; a subgroup numbers the threads of a workgroup
// in their order.
//
// @software
// @requires subgroups
// @variant low TALL=false
// @use matmul/lib/quad.wgsl
// @use matmul/lib/tn.wgsl

enable subgroups;

// A thread brings in one k. All of its four k come in the order in which it gets those of the others.
// One k of a thread's own.
struct One {
  at: u32,
  inside: bool,
}

fn a_at(place: Place, row: u32) -> u32 {
  return (place.a + min(row, params.m - 4u)) / 4u;
}

fn a_step(place: Place, k: u32) -> One {
  return One((k + place.lane) * (params.m / 4u), k + place.lane < params.k);
}

fn load_a(row: u32, step: One) -> mat4x4<f32> {
  return transpose(share(select(vec4<f32>(), a[row + step.at], step.inside)));
}
