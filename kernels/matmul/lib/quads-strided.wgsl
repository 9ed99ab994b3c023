// Four rows of a, at any strides, for a quad: a thread brings in one row.

fn a_at(place: Place, row: u32) -> u32 {
  return place.a + min(row + place.lane, params.m - 1u) * params.a_stride_m;
}

fn a_step(place: Place, k: u32) -> Four {
  return four_of(k + FIRST_FOUR, params.a_stride_k);
}

fn load_a(row: u32, step: Four) -> mat4x4<f32> {
  let at = row + step.at;
  return share(select(vec4<f32>(), vec4<f32>(a[at.x], a[at.y], a[at.z], a[at.w]), step.inside));
}
