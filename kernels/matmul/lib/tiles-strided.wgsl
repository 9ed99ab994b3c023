// a and b in any order, by numbers. Neighbouring threads load along whichever axis is contiguous; padded rows of the tiles keep
// either order free of bank conflicts.
//
// @use matmul/lib/tiles.wgsl
// @use lib/stored-numbers.wgsl

alias Element = f32;

// Element (k, i) of the step at vec4 k · K_STRIDE + i / 4.
var<workgroup> a_tile: array<vec4f, STEP * K_STRIDE>;
var<workgroup> b_tile: array<vec4f, STEP * K_STRIDE>;

// Which k, and which group of 4 rows (columns), is share number n.
fn share(n: u32, k_contiguous: bool) -> vec2u {
  let fast = n % 16u;
  let slow = n / 16u;
  return select(vec2u(slow, fast), vec2u(fast, slow), k_contiguous);
}

// Four places side by side, those past the last one on it.
fn four_places(base: u32, first: u32, count: u32, stride: u32) -> vec4u {
  return base + min(first + vec4u(0, 1, 2, 3), vec4u(count - 1u)) * stride;
}

fn a_place(n: u32, base: u32, first: u32) -> vec4u {
  let own = share(n, params.a_stride_k == 1u);
  return four_places(base + own.x * params.a_stride_k, first + own.y * 4u, params.m, params.a_stride_m);
}

fn bring_a(n: u32, place: vec4u, k: u32, k_end: u32) {
  let own = share(n, params.a_stride_k == 1u);
  let at = place + k * params.a_stride_k;
  let rows = vec4f(a[at.x], a[at.y], a[at.z], a[at.w]);
  a_tile[own.x * K_STRIDE + own.y] = select(vec4f(), rows, k + own.x < k_end);
}

fn b_one(at: u32) -> f32 {
  return one(b[at / PER_WORD], at);
}

fn b_place(n: u32, base: u32, first: u32) -> vec4u {
  let own = share(n, params.b_stride_k == 1u);
  return four_places(base + own.x * params.b_stride_k, first + own.y * 4u, params.n, params.b_stride_n);
}

fn bring_b(n: u32, place: vec4u, k: u32, k_end: u32) {
  let own = share(n, params.b_stride_k == 1u);
  let at = place + k * params.b_stride_k;
  let columns = vec4f(b_one(at.x), b_one(at.y), b_one(at.z), b_one(at.w));
  b_tile[own.x * K_STRIDE + own.y] = select(vec4f(), columns, k + own.x < k_end);
}

fn four_rows(part: u32, step: u32) -> mat4x4f {
  let at = min(step, 3u) * 4u * K_STRIDE + min(part, 15u);
  return transpose(
    mat4x4f(a_tile[at], a_tile[at + K_STRIDE], a_tile[at + 2u * K_STRIDE], a_tile[at + 3u * K_STRIDE])
  );
}

fn four_columns(part: u32, step: u32) -> mat4x4f {
  let at = min(step, 3u) * 4u * K_STRIDE + min(part, 15u);
  return mat4x4f(b_tile[at], b_tile[at + K_STRIDE], b_tile[at + 2u * K_STRIDE], b_tile[at + 3u * K_STRIDE]);
}
