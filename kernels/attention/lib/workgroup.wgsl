// 32 × 32 inner products of attention at a time, by tiles in workgroup memory: for the kernels of GPUs.
//
// A workgroup has 64 threads; thread `local` owns 4 × 4 elements of a tile, at 4 · (local / 8) and 4 · (local % 8). All
// functions with barriers must be called in uniform control flow. 13.5 KiB of workgroup memory.
//
// Parts and numbers of vec4 are below 8. Their `min` is for Tint, which checks each index that has no bound in the same
// function: without, the kernels take a fifth to two fifths longer by the estimate of RADV's compiler.
//
// @use attention/lib/sides.wgsl

alias Element = vec4f;
const WIDTH: u32 = 4;

const WORKGROUP_SIZE: u32 = 64;
const TILE: u32 = 32;
// Length of a tile's row in vec4, one more than there are, against bank conflicts.
const STRIDE: u32 = 9;
// Parts of 32 features that a thread can sum up: dim and value_dim are at most 128.
const PARTS: u32 = 4;

var<workgroup> a_tile: array<vec4f, TILE * STRIDE>;
var<workgroup> b_tile: array<vec4f, TILE * STRIDE>;
// Weights, or gradients of scores: what is multiplied by rows of b_tile.
var<workgroup> p_tile: array<vec4f, TILE * STRIDE>;

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

// 32 queries or keys from `row` on into b_tile, of each eight vec4 from d on.
fn bring_queries(pair: u32, local: u32, base: u32, row: u32, d: u32) {
  for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
    b_tile[n / 8u * STRIDE + n % 8u] = query_at(pair, base, row + n / 8u, d + n % 8u);
  }
}

fn bring_keys(pair: u32, local: u32, base: u32, row: u32, d: u32) {
  for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
    b_tile[n / 8u * STRIDE + n % 8u] = key_at(pair, base, row + n / 8u, d + n % 8u);
  }
}

// What the rows 4 · a_part … of a_tile and 4 · b_part … of b_tile give; column r holds row r of a_tile.
fn tile_dots(a_part: u32, b_part: u32) -> mat4x4f {
  let a = min(a_part, 7u) * 4u * STRIDE;
  let b = min(b_part, 7u) * 4u * STRIDE;
  var sums = mat4x4f();
  for (var d = 0u; d < 8u; d++) {
    let top = mat4x4f(a_tile[a + d], a_tile[a + STRIDE + d], a_tile[a + 2u * STRIDE + d], a_tile[a + 3u * STRIDE + d]);
    let left = mat4x4f(b_tile[b + d], b_tile[b + STRIDE + d], b_tile[b + 2u * STRIDE + d], b_tile[b + 3u * STRIDE + d]);
    sums += transpose(left) * top;
  }
  return sums;
}

// The rows 4 · row_part … of p_tile times b_tile, at its vec4 number d; column r holds row r.
fn tile_sums(row_part: u32, d: u32) -> mat4x4f {
  let p = min(row_part, 7u) * 4u * STRIDE;
  var sums = mat4x4f();
  for (var n = 0u; n < 8u; n++) {
    let top = mat4x4f(p_tile[p + n], p_tile[p + STRIDE + n], p_tile[p + 2u * STRIDE + n], p_tile[p + 3u * STRIDE + n]);
    let b = n * 4u * STRIDE + min(d, 7u);
    sums += mat4x4f(b_tile[b], b_tile[b + STRIDE], b_tile[b + 2u * STRIDE], b_tile[b + 3u * STRIDE]) * top;
  }
  return sums;
}

// As tile_sums, of the pairs alone that are seen: rows are queries from i on, b_tile has keys from j on.
fn tile_sums_seen(row_part: u32, d: u32, head: Head, i: u32, j: u32) -> mat4x4f {
  var sums = mat4x4f();
  for (var r = 0u; r < 4u; r++) {
    for (var n = 0u; n < 8u; n++) {
      let seen = sees(head, i + r, j + n * 4u);
      let factors = p_tile[(row_part * 4u + r) * STRIDE + n];
      for (var e = 0u; e < 4u; e++) {
        if (seen[e]) {
          sums[r] += factors[e] * b_tile[(n * 4u + e) * STRIDE + d];
        }
      }
    }
  }
  return sums;
}

// Column r of `rows` into row 4 · row_part + r of p_tile, at vec4 number `at`.
fn keep_rows(row_part: u32, at: u32, rows: mat4x4f) {
  let p = min(row_part, 7u) * 4u * STRIDE + min(at, 7u);
  p_tile[p] = rows[0];
  p_tile[p + STRIDE] = rows[1];
  p_tile[p + 2u * STRIDE] = rows[2];
  p_tile[p + 3u * STRIDE] = rows[3];
}

// Queries from `query` on times keys from `key` on: column r holds query 4 · a_part + r with 4 keys.
fn tile_of(
  pair: u32, local: u32, query_base: u32, query: u32, key_base: u32, key: u32, a_part: u32, b_part: u32
) -> mat4x4f {
  var sums = mat4x4f();
  for (var d = 0u; d < width_of(pair); d += 8u) {
    for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
      a_tile[n / 8u * STRIDE + n % 8u] = query_at(pair, query_base, query + n / 8u, d + n % 8u);
      b_tile[n / 8u * STRIDE + n % 8u] = key_at(pair, key_base, key + n / 8u, d + n % 8u);
    }
    workgroupBarrier();
    sums += tile_dots(a_part, b_part);
    workgroupBarrier();
  }
  return sums;
}
