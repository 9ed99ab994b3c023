// a [k, m] and b [k, n]. m, n and the offsets of a and b are multiples of 4.
//
// @let a=columns
// @use matmul/lib/registers.wgsl

alias Element = vec4<f32>;
alias Stored = vec4<f32>;

fn b_at(place: Place, column: u32) -> u32 {
  return (place.b + min(column, params.n - 4u)) / 4u;
}

// In the order in which a thread gets the k of its quad.
fn b_step(place: Place, k: u32) -> Four {
  return four_of(k + (FIRST_FOUR ^ vec4<u32>(place.lane)), params.n / 4u);
}

fn load_b(column: u32, step: Four) -> mat4x4<f32> {
  let at = column + step.at;
  return turned(step.inside, b[at.x], b[at.y], b[at.z], b[at.w]);
}

fn row_at(place: Place, row: u32, i: u32) -> u32 {
  return min(row + (i & ~3u), params.m - 4u) + (i & 3u);
}

fn columns_at(column: u32) -> vec4<u32> {
  return min(column, params.n - 4u) + FIRST_FOUR;
}
