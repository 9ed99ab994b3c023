// 32 × 32 inner products of attention at a time, by tiles in workgroup memory: for the kernels of GPUs.
//
// A workgroup has 128 threads, 64 on each of two sides. Of inner products thread `local` owns 4 × 4 of a tile, at 4 · row_part and
// 4 · part, over its side's half of the features; the two halves are added up in workgroup memory, and each side keeps two of the four
// rows. Of what is summed up it owns 4 rows × 4 of its side's 32 features, of 64 at a time. So it loads one vec4 for 8
// multiply-adds throughout, in half the registers of 64 threads. All functions with barriers must be called in uniform control flow.
// 13.5 KiB of workgroup memory.
//
// Sides, parts and numbers of vec4 have a `min` for Tint, which checks each index that has no bound in the same function: without,
// the kernels take a fifth to two fifths longer by the estimate of RADV's compiler.
//
// @use attention/lib/sides.wgsl
// @use lib/products.wgsl

alias Element = vec4f;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 128;
const TILE: u32 = 32;
// Length of a tile's row in vec4, one more than there are, against bank conflicts.
const STRIDE: u32 = 9;
// Vec4 of a side's tile.
const SIDE: u32 = TILE * STRIDE;
// Spans of 64 features that can be summed up: dim and value_dim are at most 64 times it.
const SPANS: u32 = 2; // @specialize

// Of inner products the rows of queries, then those of keys; of what is summed up the features of one side, then of the other.
var<workgroup> tiles: array<vec4f, 2u * SIDE>;
// Weights, or gradients of scores, queries × keys: what rows are multiplied by. Before that, what the sides give each other.
var<workgroup> p_tile: array<vec4f, SIDE>;

// What a thread owns of a tile.
struct Place {
  side: u32,
  row_part: u32,
  part: u32,
}

fn place_of(local: u32) -> Place {
  return Place(min(local / 64u, 1u), local / 8u % 8u, local % 8u);
}

// The first of the two rows of scores that it keeps.
fn score_row(at: Place) -> u32 {
  return min(at.row_part, 7u) * 4u + min(at.side, 1u) * 2u;
}

// vec4 number d of a row of those that begin at `base`; 0 past the edges.
fn query_at(pair: u32, base: u32, row: u32, d: u32) -> vec4f {
  let width = width_of(pair);
  if (row >= params.queries || d >= width) {
    return vec4f();
  }
  return query_side(pair, base + row * width + d);
}

fn key_at(pair: u32, base: u32, row: u32, d: u32) -> vec4f {
  let width = width_of(pair);
  if (row >= params.keys || d >= width) {
    return vec4f();
  }
  return key_side(pair, base + row * width + d);
}

// 32 queries or keys from `row` on into the tiles, of each sixteen vec4 from d on, eight for each side.
fn bring_queries(pair: u32, local: u32, base: u32, row: u32, d: u32) {
  for (var n = local; n < TILE * 16u; n += WORKGROUP_SIZE) {
    tiles[n / 8u % 2u * SIDE + n / 16u * STRIDE + n % 8u] = query_at(pair, base, row + n / 16u, d + n % 16u);
  }
}

fn bring_keys(pair: u32, local: u32, base: u32, row: u32, d: u32) {
  for (var n = local; n < TILE * 16u; n += WORKGROUP_SIZE) {
    tiles[n / 8u % 2u * SIDE + n / 16u * STRIDE + n % 8u] = key_at(pair, base, row + n / 16u, d + n % 16u);
  }
}

// What four rows of queries and four of keys give, over half of the features, added to `before`; column r holds query r. Key 4 · part + r lies in
// row 8 · r + part, so that the eight parts read different banks.
fn tile_dots(before: mat4x4f, at: Place) -> mat4x4f {
  let side = min(at.side, 1u) * 4u;
  let a = min(at.row_part, 7u) * 4u * STRIDE + side;
  let b = SIDE + min(at.part, 7u) * STRIDE + side;
  var sums = before;
  for (var d = 0u; d < 4u; d++) {
    let top = mat4x4f(tiles[a + d], tiles[a + STRIDE + d], tiles[a + 2u * STRIDE + d], tiles[a + 3u * STRIDE + d]);
    let left = mat4x4f(
      tiles[b + d], tiles[b + 8u * STRIDE + d], tiles[b + 16u * STRIDE + d], tiles[b + 24u * STRIDE + d]
    );
    sums = add_products(sums, transpose(left), top);
  }
  return sums;
}

// Of the halves that the two sides of four rows have, the sums for the two rows that this side keeps. One barrier; p_tile may be
// written only behind another.
fn join_sides(at: Place, halves: mat4x4f) -> mat2x4f {
  let side = min(at.side, 1u);
  let pair = min(at.row_part, 7u) * 32u + min(at.part, 7u);
  var own = mat2x4f(halves[0], halves[1]);
  var given = mat2x4f(halves[2], halves[3]);
  if (side == 1u) {
    own = mat2x4f(halves[2], halves[3]);
    given = mat2x4f(halves[0], halves[1]);
  }
  let to = pair + (1u - side) * 16u;
  p_tile[to] = given[0];
  p_tile[to + 8u] = given[1];
  workgroupBarrier();
  let taken = pair + side * 16u;
  return own + mat2x4f(p_tile[taken], p_tile[taken + 8u]);
}

// Queries from `query` on times keys from `key` on: column r holds query score_row + r with 4 keys. Barriers: two per 32 features
// and one more; p_tile may be written only behind another.
fn tile_of(pair: u32, local: u32, query_base: u32, query: u32, key_base: u32, key: u32) -> mat2x4f {
  let at = place_of(local);
  var sums = mat4x4f();
  for (var d = 0u; d < width_of(pair); d += 8u) {
    for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
      let row = n / 8u;
      tiles[row * STRIDE + n % 8u] = query_at(pair, query_base, query + row, d + n % 8u);
      tiles[SIDE + row * STRIDE + n % 8u] = key_at(pair, key_base, key + row % 8u * 4u + row / 8u, d + n % 8u);
    }
    workgroupBarrier();
    sums = tile_dots(sums, at);
    workgroupBarrier();
  }
  return join_sides(at, sums);
}

// The two rows of a thread into p_tile.
fn keep_rows(at: Place, rows: mat2x4f) {
  let p = score_row(at) * STRIDE + min(at.part, 7u);
  p_tile[p] = rows[0];
  p_tile[p + STRIDE] = rows[1];
}
