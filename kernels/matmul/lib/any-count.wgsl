// Rows and columns of y of any count: each that is past the edge repeats the last one.

fn row_at(place: Place, row: u32, i: u32) -> u32 {
  return min(row + (i ^ place.lane), params.m - 1u);
}

fn columns_at(column: u32) -> vec4<u32> {
  return min(column + FIRST_FOUR, vec4<u32>(params.n - 1u));
}
