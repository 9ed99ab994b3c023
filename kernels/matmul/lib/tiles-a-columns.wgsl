// a [k, m], four rows of a's transpose at a time. m and the offset of a are multiples of 4.

alias Element = vec4f;

var<workgroup> a_tile: array<vec4f, STEP * K_STRIDE>;

fn a_place(n: u32, base: u32, first: u32) -> u32 {
  return (base + n / 16u * params.m + min(first + n % 16u * 4u, params.m - 4u)) / 4u;
}

fn bring_a(n: u32, place: u32, k: u32, k_end: u32) {
  let part = a[place + k * (params.m / 4u)];
  a_tile[n / 16u * K_STRIDE + n % 16u] = select(vec4f(), part, k + n / 16u < k_end);
}

fn four_rows(part: u32, four: u32) -> mat4x4f {
  let at = min(four, 3u) * 4u * K_STRIDE + min(part, 15u);
  return transpose(
    mat4x4f(a_tile[at], a_tile[at + K_STRIDE], a_tile[at + 2u * K_STRIDE], a_tile[at + 3u * K_STRIDE])
  );
}
