// a and b at any strides, wherever they begin.
//
// @let a=strided
// @use matmul/lib/registers.wgsl
// @use matmul/lib/any-count.wgsl

alias Element = f32;
alias Stored = f32;

fn b_at(place: Place, column: u32) -> vec4<u32> {
  return place.b + columns_at(column) * params.b_stride_n;
}

fn b_step(place: Place, k: u32) -> Four {
  return four_of(k + FIRST_FOUR, params.b_stride_k);
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
