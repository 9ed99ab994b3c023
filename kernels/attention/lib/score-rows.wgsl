// Rows of scores [rows, n] in memory, four columns at a time. Row r sees seen_by(r) columns.

struct Params {
  rows: u32,
  n: u32,
  seen: u32,
  cycle: u32,
  causal: u32,
  scale: f32,
}

var<storage, read_write> scores: array<vec4<f32>>;

const FIRST_FOUR = vec4<u32>(0, 1, 2, 3);

fn seen_by(row: u32) -> u32 {
  return min(params.n, params.seen + row % params.cycle * params.causal);
}
