// Four rows of a [k, m] for one thread.

fn a_at(place: Place, row: u32) -> u32 {
  return (place.a + min(row, params.m - 4u)) / 4u;
}

fn a_step(place: Place, k: u32) -> Four {
  return four_of(k + FIRST_FOUR, params.m / 4u);
}

fn load_a(row: u32, step: Four) -> mat4x4<f32> {
  let at = row + step.at;
  return turned(step.inside, a[at.x], a[at.y], a[at.z], a[at.w]);
}
