// b [n, k], four k at a time. k and the offset of b are multiples of 4.
//
// @use lib/stored-vectors.wgsl

// Column 4 · part + j in row 16 · j + part, so that neighbouring threads read different banks.
var<workgroup> b_tile: array<vec4f, TILE * ROW_STRIDE>;

fn b_place(n: u32, base: u32, first: u32) -> u32 {
  return (base + min(first + n / 4u, params.n - 1u) * params.k) / 4u + n % 4u;
}

fn bring_b(n: u32, place: u32, k: u32, k_end: u32) {
  let part = four(b[place + k / 4u]);
  b_tile[(n / 4u % 4u * 16u + n / 16u) * ROW_STRIDE + n % 4u] = select(vec4f(), part, k + n % 4u * 4u < k_end);
}

fn four_columns(part: u32, step: u32) -> mat4x4f {
  let at = min(part, 15u) * ROW_STRIDE + min(step, 3u);
  return transpose(mat4x4f(
    b_tile[at], b_tile[at + 16u * ROW_STRIDE], b_tile[at + 32u * ROW_STRIDE], b_tile[at + 48u * ROW_STRIDE]
  ));
}
