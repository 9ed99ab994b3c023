// 8 × 8 inner products of attention at a time, in registers (see matmul/blocks.wgsl): for the kernels of software adapters.
//
// @use attention/lib/sides.wgsl

alias Element = vec4f;
const WIDTH: u32 = 4;

// Column r of a matrix holds row r of its block.
struct Tile {
  top_left: mat4x4f,
  top_right: mat4x4f,
  bottom_left: mat4x4f,
  bottom_right: mat4x4f,
}

// Rows, and columns, of a tile; and of a block the other side, which is private memory.
const ROWS: u32 = 8;
const BLOCK: u32 = 32;

fn add_products(sums: Tile, left: mat4x4f, right: mat4x4f, top: mat4x4f, bottom: mat4x4f) -> Tile {
  return Tile(
    sums.top_left + left * top,
    sums.top_right + right * top,
    sums.bottom_left + left * bottom,
    sums.bottom_right + right * bottom,
  );
}

// What is not finite shows in every row.
fn is_finite(sums: Tile) -> bool {
  return !not_finite(sums.top_left[0]) && !not_finite(sums.top_right[0]);
}

// Where four rows of `width` elements begin, the first at `row`; past `last` they repeat it.
fn rows_from(base: u32, row: u32, last: u32, width: u32) -> vec4u {
  return base + min(row + vec4u(0, 1, 2, 3), vec4u(last)) * width;
}

fn four_queries(pair: u32, at: vec4u) -> mat4x4f {
  return mat4x4f(query_side(pair, at.x), query_side(pair, at.y), query_side(pair, at.z), query_side(pair, at.w));
}

fn four_keys(pair: u32, at: vec4u) -> mat4x4f {
  return mat4x4f(key_side(pair, at.x), key_side(pair, at.y), key_side(pair, at.z), key_side(pair, at.w));
}

// Queries from `row` on times keys from `key` on; the head's queries and keys begin at query_base and key_base.
fn tile_of(pair: u32, query_base: u32, row: u32, key_base: u32, key: u32) -> Tile {
  let width = width_of(pair);
  let top = rows_from(query_base, row, params.queries - 1u, width);
  let bottom = rows_from(query_base, row + 4u, params.queries - 1u, width);
  let left = rows_from(key_base, key, params.keys - 1u, width);
  let right = rows_from(key_base, key + 4u, params.keys - 1u, width);
  var sums = Tile();
  for (var d = 0u; d < width; d++) {
    sums = add_products(
      sums,
      transpose(four_keys(pair, left + d)),
      transpose(four_keys(pair, right + d)),
      four_queries(pair, top + d),
      four_queries(pair, bottom + d),
    );
  }
  return sums;
}
