// 16 × 16 pairs of a query and a key at a time, in registers: for the combined backward kernel of software adapters.
//
// Software adapters fetch every element by itself, for one lane after the other, and arrays with an index that is not known
// to the compiler count as memory too. So what costs are loads: a block is 16 × 16 for few of them, and written out.
//
// @use attention/lib/sides.wgsl

alias Element = f32;
const WIDTH: u32 = 1;

// Rows, and columns, of a block.
const SIDE: u32 = 16;

// Where 16 rows begin, in elements.
alias Rows = array<vec4u, 4>;

// Rows past `last` repeat it.
fn rows_from(base: u32, row: u32, last: u32, width: u32) -> Rows {
  let rows = row + vec4u(0, 1, 2, 3);
  let end = vec4u(last);
  return Rows(
    base + min(rows, end) * width,
    base + min(rows + 4u, end) * width,
    base + min(rows + 8u, end) * width,
    base + min(rows + 12u, end) * width,
  );
}

// Of a block, matrix 4 · a + b has the queries from 4 · a on and the keys from 4 · b on; column r holds a query.
var<private> weights: array<mat4x4f, 16>;
var<private> d_scores: array<mat4x4f, 16>;

fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn four_queries(pair: u32, at: vec4u) -> vec4f {
  return vec4f(query_side(pair, at.x), query_side(pair, at.y), query_side(pair, at.z), query_side(pair, at.w));
}

fn four_keys(pair: u32, at: vec4u) -> vec4f {
  return vec4f(key_side(pair, at.x), key_side(pair, at.y), key_side(pair, at.z), key_side(pair, at.w));
}

fn sixteen_queries(pair: u32, at: Rows, d: u32) -> mat4x4f {
  return mat4x4f(
    four_queries(pair, at[0] + d), four_queries(pair, at[1] + d), four_queries(pair, at[2] + d), four_queries(pair, at[3] + d)
  );
}

fn sixteen_keys(pair: u32, at: Rows, d: u32) -> mat4x4f {
  return mat4x4f(
    four_keys(pair, at[0] + d), four_keys(pair, at[1] + d), four_keys(pair, at[2] + d), four_keys(pair, at[3] + d)
  );
}

// Of four queries, of which column r has one, with 16 keys.
struct Strip {
  a: mat4x4f,
  b: mat4x4f,
  c: mat4x4f,
  d: mat4x4f,
}

// Number d, and the one behind it, of four queries and of 16 keys.
fn add_outer(sums: Strip, queries: vec4u, keys: mat4x4f, next_keys: mat4x4f, pair: u32) -> Strip {
  let x = four_queries(pair, queries);
  let next = four_queries(pair, queries + 1u);
  return Strip(
    sums.a + (outer(x, keys[0]) + outer(next, next_keys[0])),
    sums.b + (outer(x, keys[1]) + outer(next, next_keys[1])),
    sums.c + (outer(x, keys[2]) + outer(next, next_keys[2])),
    sums.d + (outer(x, keys[3]) + outer(next, next_keys[3])),
  );
}

// The products of 16 queries and 16 keys.
fn block_of(pair: u32, queries: Rows, keys: Rows) -> array<mat4x4f, 16> {
  var sums0 = Strip();
  var sums1 = Strip();
  var sums2 = Strip();
  var sums3 = Strip();
  for (var d = 0u; d < width_of(pair); d += 2u) {
    let now = sixteen_keys(pair, keys, d);
    let next = sixteen_keys(pair, keys, d + 1u);
    sums0 = add_outer(sums0, queries[0] + d, now, next, pair);
    sums1 = add_outer(sums1, queries[1] + d, now, next, pair);
    sums2 = add_outer(sums2, queries[2] + d, now, next, pair);
    sums3 = add_outer(sums3, queries[3] + d, now, next, pair);
  }
  return array<mat4x4f, 16>(
    sums0.a, sums0.b, sums0.c, sums0.d, sums1.a, sums1.b, sums1.c, sums1.d,
    sums2.a, sums2.b, sums2.c, sums2.d, sums3.a, sums3.b, sums3.c, sums3.d
  );
}
