// 32 × 32 inner products of attention at a time, by tiles in workgroup memory: for the kernels of GPUs.
//
// The kernel has the bindings q, k and v as vec4 and the parameters of attention/lib/attention.wgsl, dim and value_dim. A workgroup has 64
// threads; thread `local` owns 4 × 4 elements of a tile, at 4 · (local / 8) and 4 · (local % 8). All functions with
// barriers must be called in uniform control flow. 13.5 KiB of workgroup memory.
//
// @use attention/lib/attention.wgsl

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

// vec4 number d of a row of a [count, dim] matrix; 0 past the edges.
fn q_at(base: u32, row: u32, d: u32) -> vec4f {
  if (row >= params.queries || d >= params.dim / 4u) {
    return vec4f();
  }
  return q[base + row * (params.dim / 4u) + d];
}

fn k_at(base: u32, row: u32, d: u32) -> vec4f {
  if (row >= params.keys || d >= params.dim / 4u) {
    return vec4f();
  }
  return k[base + row * (params.dim / 4u) + d];
}

fn v_at(base: u32, row: u32, d: u32) -> vec4f {
  if (row >= params.keys || d >= params.value_dim / 4u) {
    return vec4f();
  }
  return v[base + row * (params.value_dim / 4u) + d];
}

// What the rows 4 · a_part … of a_tile and 4 · b_part … of b_tile give; column r holds row r of a_tile.
fn tile_dots(a_part: u32, b_part: u32) -> mat4x4f {
  let a = a_part * 4u * STRIDE;
  let b = b_part * 4u * STRIDE;
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
  let p = row_part * 4u * STRIDE;
  var sums = mat4x4f();
  for (var n = 0u; n < 8u; n++) {
    let top = mat4x4f(p_tile[p + n], p_tile[p + STRIDE + n], p_tile[p + 2u * STRIDE + n], p_tile[p + 3u * STRIDE + n]);
    let b = n * 4u * STRIDE + d;
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
  let p = row_part * 4u * STRIDE + at;
  p_tile[p] = rows[0];
  p_tile[p + STRIDE] = rows[1];
  p_tile[p + 2u * STRIDE] = rows[2];
  p_tile[p + 3u * STRIDE] = rows[3];
}

// Queries from first_query on times keys from first_key on: column r holds query 4 · a_part + r with 4 keys.
fn tile_q_k(local: u32, q_base: u32, first_query: u32, k_base: u32, first_key: u32, a_part: u32, b_part: u32) -> mat4x4f {
  var sums = mat4x4f();
  for (var d = 0u; d < params.dim / 4u; d += 8u) {
    for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
      a_tile[n / 8u * STRIDE + n % 8u] = q_at(q_base, first_query + n / 8u, d + n % 8u);
      b_tile[n / 8u * STRIDE + n % 8u] = k_at(k_base, first_key + n / 8u, d + n % 8u);
    }
    workgroupBarrier();
    sums += tile_dots(a_part, b_part);
    workgroupBarrier();
  }
  return sums;
}
