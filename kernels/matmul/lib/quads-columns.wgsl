// Four rows of a [k, m] for a quad: a thread brings in one k. All of its four k come in the order in which it gets those of
// the others.

// One k of a thread's own.
struct One {
  at: u32,
  inside: bool,
}

fn a_at(place: Place, row: u32) -> u32 {
  return (place.a + min(row, params.m - 4u)) / 4u;
}

fn a_step(place: Place, k: u32) -> One {
  return One((k + place.lane) * (params.m / 4u), k + place.lane < params.k);
}

fn load_a(row: u32, step: One) -> mat4x4<f32> {
  return transpose(share(select(vec4<f32>(), a[row + step.at], step.inside)));
}
