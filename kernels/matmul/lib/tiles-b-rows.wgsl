// b [k, n], four columns at a time. n and the offset of b are multiples of 4.
//
// @use lib/stored-vectors.wgsl

var<workgroup> b_tile: array<vec4f, STEP * K_STRIDE>;

fn b_place(n: u32, base: u32, first: u32) -> u32 {
  return (base + n / 16u * params.n + min(first + n % 16u * 4u, params.n - 4u)) / 4u;
}

fn bring_b(n: u32, place: u32, k: u32, k_end: u32) {
  let part = four(b[place + k * (params.n / 4u)]);
  b_tile[n / 16u * K_STRIDE + n % 16u] = select(vec4f(), part, k + n / 16u < k_end);
}

fn four_columns(part: u32, step: u32) -> mat4x4f {
  let at = min(step, 3u) * 4u * K_STRIDE + min(part, 15u);
  return mat4x4f(b_tile[at], b_tile[at + K_STRIDE], b_tile[at + 2u * K_STRIDE], b_tile[at + 3u * K_STRIDE]);
}
