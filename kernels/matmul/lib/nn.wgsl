// Matrix products with a and b as they are (nn): bindings, loads of b, and which rows and columns of y the loaded ones are.
//
// @use lib/stored-vectors.wgsl

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<Stored>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn b_at(place: Place, column: u32) -> u32 {
  return (place.b + min(column, params.n - 4u)) / 4u;
}

fn b_step(place: Place, k: u32) -> vec4<u32> {
  return (k + FIRST_FOUR) * (params.n / 4u);
}

fn load_b(column: u32, step: vec4<u32>) -> mat4x4<f32> {
  let at = column + step;
  return transpose(mat4x4<f32>(four(b[at.x]), four(b[at.y]), four(b[at.z]), four(b[at.w])));
}

fn row_at(place: Place, row: u32, i: u32) -> u32 {
  return min(row + (i ^ place.lane), params.m - 1u);
}

fn columns_at(column: u32) -> vec4<u32> {
  return min(column, params.n - 4u) + FIRST_FOUR;
}
