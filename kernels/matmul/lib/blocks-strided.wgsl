// Four rows of a, at any strides, for one thread.

fn load_row(row: u32, step: Four) -> vec4<f32> {
  let at = row + step.at;
  return select(vec4<f32>(), vec4<f32>(a[at.x], a[at.y], a[at.z], a[at.w]), step.inside);
}

fn load_a(rows: vec4<u32>, step: Four) -> mat4x4<f32> {
  return mat4x4<f32>(load_row(rows.x, step), load_row(rows.y, step), load_row(rows.z, step), load_row(rows.w, step));
}

fn a_at(place: Place, row: u32) -> vec4<u32> {
  return place.a + min(row + FIRST_FOUR, vec4<u32>(params.m - 1u)) * params.a_stride_m;
}

fn a_step(place: Place, k: u32) -> Four {
  return four_of(k + FIRST_FOUR, params.a_stride_k);
}
