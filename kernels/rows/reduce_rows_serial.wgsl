// reduce_rows_serial: y[r] = scale · reduce over i of x[r, i]
//
//   x  [rows, n]
//   y  [rows]
//
// The variant names the reduction: sum, maximum, minimum, or sum_squares, the sum of x².
// A maximum or minimum of which an element is NaN is NaN.
//
// A thread owns one row and keeps four results side by side, for elements i mod 4: shorter chains of dependent
// additions and less rounding. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not
// share a buffer. Same parameters as reduce_rows, which is the better one for long rows on a GPU.
//
// @use lib/by-thread.wgsl
// @use lib/numbers.wgsl
// @use rows/lib/reduce-rows-operands.wgsl
// @variant sum OP=0
// @variant maximum OP=1
// @variant minimum OP=2
// @variant sum_squares OP=3

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

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

fn own(row: u32) {
  if (row >= params.rows) {
    return;
  }
  let first = params.x_offset + row * params.n;
  let whole = params.n & ~3u;

  var lanes = vec4f(start(x[first]));
  for (var i = first; i < first + whole; i += 4u) {
    lanes = accumulate(lanes, vec4f(x[i], x[i + 1u], x[i + 2u], x[i + 3u]));
  }
  for (var i = whole; i < params.n; i++) {
    lanes.x = accumulate(lanes, vec4f(x[first + i])).x;
  }
  y[params.y_offset + row] = params.scale * combine(combine(lanes.x, lanes.y), combine(lanes.z, lanes.w));
}
