// Matrix products with a transposed (tn): bindings, loads of b, and which rows and columns of y the loaded ones are.

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// Four k, and which of them there are.
struct Four {
  at: vec4<u32>,
  inside: vec4<bool>,
}

fn b_at(place: Place, column: u32) -> u32 {
  return (place.b + min(column, params.n - 4u)) / 4u;
}

fn b_step(place: Place, k: u32) -> Four {
  let ks = k + (FIRST_FOUR ^ vec4<u32>(place.lane));
  return Four(ks * (params.n / 4u), ks < vec4<u32>(params.k));
}

fn load_b(column: u32, step: Four) -> mat4x4<f32> {
  let at = column + step.at;
  return transpose(mat4x4<f32>(
    select(vec4<f32>(), b[at.x], step.inside.x),
    select(vec4<f32>(), b[at.y], step.inside.y),
    select(vec4<f32>(), b[at.z], step.inside.z),
    select(vec4<f32>(), b[at.w], step.inside.w),
  ));
}

fn row_at(place: Place, row: u32, i: u32) -> u32 {
  return min(row + (i & ~3u), params.m - 4u) + (i & 3u);
}

fn columns_at(column: u32) -> vec4<u32> {
  return min(column, params.n - 4u) + FIRST_FOUR;
}
