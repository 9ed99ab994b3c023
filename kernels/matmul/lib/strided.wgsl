// Matrix products with a and b at any strides: bindings, loads of b, and which rows and columns of y the loaded ones are.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn load_column(column: u32, ks: vec4<u32>) -> vec4<f32> {
  let at = column + ks * params.b_stride_k;
  return select(vec4<f32>(), vec4<f32>(b[at.x], b[at.y], b[at.z], b[at.w]), ks < vec4<u32>(params.k));
}

fn load_b(place: Place, column: u32, k: u32) -> mat4x4<f32> {
  let ks = k + FIRST_FOUR;
  let at = place.b + columns_at(column) * params.b_stride_n;
  return mat4x4<f32>(load_column(at.x, ks), load_column(at.y, ks), load_column(at.z, ks), load_column(at.w, ks));
}

fn row_at(place: Place, row: u32, i: u32) -> u32 {
  return min(row + (i ^ place.lane), params.m - 1u);
}

fn columns_at(column: u32) -> vec4<u32> {
  return min(column + FIRST_FOUR, vec4<u32>(params.n - 1u));
}
