// reduce_rows: y[r] = scale · reduce over i of x[r, i]
//
//   x  [rows, n]
//   y  [rows]
//
// The variant names the reduction: sum, maximum, minimum, or sum_squares, the sum of x². (sum with scale 1/n is the
// mean.)
// A maximum or minimum of which an element is NaN is NaN.
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). Four results are kept side by side:
// shorter chains of dependent additions and less rounding. x and y may not share a buffer.
//
// @name reduce_rows_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/numbers.wgsl
// @variant sum OP=0
// @variant maximum OP=1
// @variant minimum OP=2
// @variant sum_squares OP=3

override OP: u32 = 0u;

struct Params {
  rows: u32,
  n: u32,
  scale: f32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> y: array<f32>;

// What a row with this first element starts from.
fn start(first: f32) -> f32 {
  return select(0.0, first, OP == 1u || OP == 2u);
}

// One more element (four of them) into the result.
fn accumulate(result: vec4f, value: vec4f) -> vec4f {
  switch (OP) {
    case 1u: { return larger4(result, value); }
    case 2u: { return smaller4(result, value); }
    case 3u: { return result + value * value; }
    default: { return result + value; }
  }
}

fn combine(left: f32, right: f32) -> f32 {
  switch (OP) {
    case 1u: { return larger(left, right); }
    case 2u: { return smaller(left, right); }
    default: { return left + right; }
  }
}

// The result of a row's threads together. A minimum is the negative of the maximum of the negatives.
fn of_all(first: u32, value: f32) -> f32 {
  switch (OP) {
    case 1u: { return row_maximum(first, value); }
    case 2u: { return -row_maximum(first, -value); }
    default: { return row_sum(first, value); }
  }
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let begin = params.x_offset + row * params.n;
  var lanes = vec4f(start(x[begin]));
  var i = first;
  for (; i + 3u * STRIDE < params.n; i += 4u * STRIDE) {
    let at = begin + i;
    lanes = accumulate(lanes, vec4f(x[at], x[at + STRIDE], x[at + 2u * STRIDE], x[at + 3u * STRIDE]));
  }
  for (; i < params.n; i += STRIDE) {
    lanes.x = accumulate(lanes, vec4f(x[begin + i])).x;
  }
  let result = of_all(first, combine(combine(lanes.x, lanes.y), combine(lanes.z, lanes.w)));
  if (first == 0u) {
    y[params.y_offset + row] = params.scale * result;
  }
}
