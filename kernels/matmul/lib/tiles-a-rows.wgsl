// a [m, k], four k at a time. k and the offset of a are multiples of 4.

alias Element = vec4f;

var<workgroup> a_tile: array<vec4f, TILE * ROW_STRIDE>;

fn a_place(n: u32, base: u32, first: u32) -> u32 {
  return (base + min(first + n / 4u, params.m - 1u) * params.k) / 4u + n % 4u;
}

fn bring_a(n: u32, place: u32, k: u32, k_end: u32) {
  let part = a[place + k / 4u];
  a_tile[n / 4u * ROW_STRIDE + n % 4u] = select(vec4f(), part, k + n % 4u * 4u < k_end);
}

fn four_rows(part: u32, four: u32) -> mat4x4f {
  let at = min(part, 15u) * 4u * ROW_STRIDE + min(four, 3u);
  return mat4x4f(a_tile[at], a_tile[at + ROW_STRIDE], a_tile[at + 2u * ROW_STRIDE], a_tile[at + 3u * ROW_STRIDE]);
}
