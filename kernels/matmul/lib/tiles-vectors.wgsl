// a [m, k] or, with A_TURNED, [k, m]; b [k, n] or, with B_TURNED, [n, k]; by vec4. The last extents of a and b and their offsets are
// multiples of 4.
//
// @use matmul/lib/tiles.wgsl
// @use lib/stored-vectors.wgsl
// @variant nt B_TURNED=1
// @variant tn A_TURNED=1

override A_TURNED: bool = false;
override B_TURNED: bool = false;

alias Element = vec4f;

// A row's (column's) four vec4 of k, one row after another; or the 16 vec4 of one k, one k after another. Columns of a turned b lie in
// another order: 4 · part + j in row 16 · j + part, so that neighbouring threads read different banks.
var<workgroup> a_tile: array<vec4f, TILE * ROW_STRIDE>;
var<workgroup> b_tile: array<vec4f, TILE * ROW_STRIDE>;

// Where share n of 256 begins, but for k: its vec4 of four k, or of four rows (columns).
fn place_by_k(n: u32, base: u32, first: u32, count: u32) -> u32 {
  return (base + min(first + n / 4u, count - 1u) * params.k) / 4u + n % 4u;
}

fn place_across(n: u32, base: u32, first: u32, count: u32) -> u32 {
  return (base + n / 16u * count + min(first + n % 16u * 4u, count - 4u)) / 4u;
}

fn a_place(n: u32, base: u32, first: u32) -> u32 {
  if (A_TURNED) {
    return place_across(n, base, first, params.m);
  }
  return place_by_k(n, base, first, params.m);
}

fn b_place(n: u32, base: u32, first: u32) -> u32 {
  if (B_TURNED) {
    return place_by_k(n, base, first, params.n);
  }
  return place_across(n, base, first, params.n);
}

fn bring_a(n: u32, place: u32, k: u32, k_end: u32) {
  if (A_TURNED) {
    let part = a[place + k * (params.m / 4u)];
    a_tile[n / 16u * K_STRIDE + n % 16u] = select(vec4f(), part, k + n / 16u < k_end);
  } else {
    let part = a[place + k / 4u];
    a_tile[n / 4u * ROW_STRIDE + n % 4u] = select(vec4f(), part, k + n % 4u * 4u < k_end);
  }
}

fn bring_b(n: u32, place: u32, k: u32, k_end: u32) {
  if (B_TURNED) {
    let part = four(b[place + k / 4u]);
    b_tile[(n / 4u % 4u * 16u + n / 16u) * ROW_STRIDE + n % 4u] = select(vec4f(), part, k + n % 4u * 4u < k_end);
  } else {
    let part = four(b[place + k * (params.n / 4u)]);
    b_tile[n / 16u * K_STRIDE + n % 16u] = select(vec4f(), part, k + n / 16u < k_end);
  }
}

fn four_rows(part: u32, step: u32) -> mat4x4f {
  if (A_TURNED) {
    let at = min(step, 3u) * 4u * K_STRIDE + min(part, 15u);
    return transpose(
      mat4x4f(a_tile[at], a_tile[at + K_STRIDE], a_tile[at + 2u * K_STRIDE], a_tile[at + 3u * K_STRIDE])
    );
  }
  let at = min(part, 15u) * 4u * ROW_STRIDE + min(step, 3u);
  return mat4x4f(a_tile[at], a_tile[at + ROW_STRIDE], a_tile[at + 2u * ROW_STRIDE], a_tile[at + 3u * ROW_STRIDE]);
}

fn four_columns(part: u32, step: u32) -> mat4x4f {
  if (B_TURNED) {
    let at = min(part, 15u) * ROW_STRIDE + min(step, 3u);
    return transpose(mat4x4f(
      b_tile[at], b_tile[at + 16u * ROW_STRIDE], b_tile[at + 32u * ROW_STRIDE], b_tile[at + 48u * ROW_STRIDE]
    ));
  }
  let at = min(step, 3u) * 4u * K_STRIDE + min(part, 15u);
  return mat4x4f(b_tile[at], b_tile[at + K_STRIDE], b_tile[at + 2u * K_STRIDE], b_tile[at + 3u * K_STRIDE]);
}
