// Four rows of a [m, k] for a quad: a thread brings in one row.

fn a_at(place: Place, row: u32) -> u32 {
  return (place.a + min(row + place.lane, params.m - 1u) * params.k) / 4u;
}

fn a_step(place: Place, k: u32) -> u32 {
  return k / 4u;
}

fn load_a(row: u32, step: u32) -> mat4x4<f32> {
  return share(a[row + step]);
}
