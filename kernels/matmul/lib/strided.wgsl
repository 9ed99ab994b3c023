// Matrix products with a and b at any strides: bindings, loads of b, and which rows and columns of y the loaded ones are.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// Four k, and which of them there are.
struct Four {
  at: vec4<u32>,
  inside: vec4<bool>,
}

fn b_at(place: Place, column: u32) -> vec4<u32> {
  return place.b + columns_at(column) * params.b_stride_n;
}

fn b_step(place: Place, k: u32) -> Four {
  let ks = k + FIRST_FOUR;
  return Four(ks * params.b_stride_k, ks < vec4<u32>(params.k));
}

fn load_column(column: u32, step: Four) -> vec4<f32> {
  let at = column + step.at;
  return select(vec4<f32>(), vec4<f32>(b[at.x], b[at.y], b[at.z], b[at.w]), step.inside);
}

fn load_b(columns: vec4<u32>, step: Four) -> mat4x4<f32> {
  return mat4x4<f32>(
    load_column(columns.x, step), load_column(columns.y, step), load_column(columns.z, step), load_column(columns.w, step)
  );
}

fn row_at(place: Place, row: u32, i: u32) -> u32 {
  return min(row + (i ^ place.lane), params.m - 1u);
}

fn columns_at(column: u32) -> vec4<u32> {
  return min(column + FIRST_FOUR, vec4<u32>(params.n - 1u));
}
