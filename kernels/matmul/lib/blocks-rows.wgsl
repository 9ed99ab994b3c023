// Four rows of a [m, k] for one thread.

fn a_at(place: Place, row: u32) -> vec4<u32> {
  return (place.a + min(row + FIRST_FOUR, vec4<u32>(params.m - 1u)) * params.k) / 4u;
}

fn a_step(place: Place, k: u32) -> u32 {
  return k / 4u;
}

fn load_a(rows: vec4<u32>, step: u32) -> mat4x4<f32> {
  let at = rows + step;
  return mat4x4<f32>(a[at.x], a[at.y], a[at.z], a[at.w]);
}
