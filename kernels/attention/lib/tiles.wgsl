// 8 × 8 inner products of attention at a time, in registers (see matmul_nt): for the kernels of software adapters.
//
// The kernel has the bindings q and k as vec4 and the parameters of attention/lib/attention.wgsl and dim.
//
// @use attention/lib/attention.wgsl

// Rows, and columns, of a tile.
const ROWS: u32 = 8;

// Column r of a matrix holds row r of its block.
struct Tile {
  top_left: mat4x4f,
  top_right: mat4x4f,
  bottom_left: mat4x4f,
  bottom_right: mat4x4f,
}

// Where 8 rows of `d4` vec4 begin, the first at `row`; past `last` they repeat it.
struct Rows {
  low: vec4u,
  high: vec4u,
}

fn rows_from(base: u32, row: u32, last: u32, d4: u32) -> Rows {
  let rows = row + vec4u(0, 1, 2, 3);
  return Rows(base + min(rows, vec4u(last)) * d4, base + min(rows + 4u, vec4u(last)) * d4);
}

// Queries from `row` on times keys from `key` on.
fn q_times_k(q_base: u32, row: u32, k_base: u32, key: u32) -> Tile {
  let d4 = params.dim / 4u;
  let a = rows_from(q_base, row, params.queries - 1u, d4);
  let b = rows_from(k_base, key, params.keys - 1u, d4);
  var top_left = mat4x4f();
  var top_right = mat4x4f();
  var bottom_left = mat4x4f();
  var bottom_right = mat4x4f();
  for (var d = 0u; d < d4; d++) {
    let top = mat4x4f(q[a.low.x + d], q[a.low.y + d], q[a.low.z + d], q[a.low.w + d]);
    let bottom = mat4x4f(q[a.high.x + d], q[a.high.y + d], q[a.high.z + d], q[a.high.w + d]);
    let left = transpose(mat4x4f(k[b.low.x + d], k[b.low.y + d], k[b.low.z + d], k[b.low.w + d]));
    let right = transpose(mat4x4f(k[b.high.x + d], k[b.high.y + d], k[b.high.z + d], k[b.high.w + d]));
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
  }
  return Tile(top_left, top_right, bottom_left, bottom_right);
}
