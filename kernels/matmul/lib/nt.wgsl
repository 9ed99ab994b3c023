// a [m, k] and b [n, k]. k and the offsets of a and b are multiples of 4.
//
// @let a=rows
// @use matmul/lib/registers.wgsl
// @use matmul/lib/any-count.wgsl
// @use lib/stored-vectors.wgsl

alias Element = vec4<f32>;

fn b_at(place: Place, column: u32) -> vec4<u32> {
  return (place.b + columns_at(column) * params.k) / 4u;
}

fn b_step(place: Place, k: u32) -> u32 {
  return k / 4u;
}

fn load_b(columns: vec4<u32>, step: u32) -> mat4x4<f32> {
  let at = columns + step;
  return mat4x4<f32>(four(b[at.x]), four(b[at.y]), four(b[at.z]), four(b[at.w]));
}
