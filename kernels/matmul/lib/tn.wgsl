// Matrix products with a transposed (tn): bindings, loads of b, and which rows and columns of y the loaded ones are.

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn load_b(place: Place, column: u32, k: u32) -> mat4x4<f32> {
  let ks = k + (FIRST_FOUR ^ vec4<u32>(place.lane));
  let at = (place.b + min(column, params.n - 4u) + ks * params.n) / 4u;
  let inside = ks < vec4<u32>(params.k);
  return transpose(mat4x4<f32>(
    select(vec4<f32>(), b[at.x], inside.x),
    select(vec4<f32>(), b[at.y], inside.y),
    select(vec4<f32>(), b[at.z], inside.z),
    select(vec4<f32>(), b[at.w], inside.w),
  ));
}

fn row_at(place: Place, row: u32, i: u32) -> u32 {
  return min(row + (i & ~3u), params.m - 4u) + (i & 3u);
}

fn columns_at(column: u32) -> vec4<u32> {
  return min(column, params.n - 4u) + FIRST_FOUR;
}
