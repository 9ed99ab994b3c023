// a [m, k] and b [k, n]. k, n and the offsets of a and b are multiples of 4.
//
// @let a=rows
// @use matmul/lib/registers.wgsl
// @use lib/stored-vectors.wgsl

alias Element = vec4<f32>;

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
