// What kernels of attention for GPUs that own queries sum up: weights, or gradients of scores, times the rows of keys.
//
// @use attention/lib/workgroup.wgsl

// Four queries of p_tile times the keys of the thread's side, at its vec4 number `part`; column r holds query r.
fn tile_sums(at: Place) -> mat4x4f {
  let p = min(at.row_part, 7u) * 4u * STRIDE;
  let b = min(at.side, 1u) * SIDE + min(at.part, 7u);
  var sums = mat4x4f();
  for (var n = 0u; n < 8u; n++) {
    let top = mat4x4f(p_tile[p + n], p_tile[p + STRIDE + n], p_tile[p + 2u * STRIDE + n], p_tile[p + 3u * STRIDE + n]);
    let i = b + n * 4u * STRIDE;
    let rows = mat4x4f(tiles[i], tiles[i + STRIDE], tiles[i + 2u * STRIDE], tiles[i + 3u * STRIDE]);
    sums = add_products(sums, rows, top);
  }
  return sums;
}

// As tile_sums, of the pairs alone that are seen: queries from i on, keys from j on.
fn tile_sums_seen(at: Place, head: Head, i: u32, j: u32) -> mat4x4f {
  var sums = mat4x4f();
  let end = (min(TILE, params.keys - j) + 3u) / 4u;
  for (var n = 0u; n < end; n++) {
    for (var r = 0u; r < 4u; r++) {
      let seen = sees(head, i + r, j + n * 4u);
      let factors = p_tile[(at.row_part * 4u + r) * STRIDE + n];
      for (var e = 0u; e < 4u; e++) {
        if (seen[e]) {
          sums[r] += factors[e] * tiles[at.side * SIDE + (n * 4u + e) * STRIDE + at.part];
        }
      }
    }
  }
  return sums;
}
