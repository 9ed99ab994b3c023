// Gradients of attention with respect to k and v by tiles in workgroup memory, for GPUs.
// Formula and bindings: attention/lib/backward-operands.wgsl; gradient is d_k, then d_v.
//
// A workgroup of 128 threads owns 32 keys of one k/v head and goes through the queries 32 at a time, one query head after
// the other: scores and gradients of weights of a tile; weights into workgroup memory, and their product with d_y into
// registers; the same with gradients of scores and q. Each thread sums 4 keys × 4 of every 64 features, twice. The order of the
// sums is fixed.
// Row blocks are of 32 keys; dispatch batch · kv_heads · row_blocks workgroups, folded.
// The variants `wide` give one of the two gradients each, since a thread has no registers for both of so many features.
// Preconditions: dim and value_dim are multiples of 4 and at most 128 (variants `narrow`: 64, `wide`: 256), offsets of q, k, v, d_y
// and gradient of 4. Barriers: two per 32 features of inner products and per 64 that are summed up, and three more, in each tile; in
// uniform control flow.
//
// @use attention/lib/workgroup-gradients.wgsl
// @use lib/by-workgroup.wgsl
// @variant narrow SPANS=1
// @variant narrow_dropout SPANS=1 DROPOUT=1
// @variant wide_keys SPANS=4 KEYS_ALONE=1
// @variant wide_keys_dropout SPANS=4 KEYS_ALONE=1 DROPOUT=1
// @variant wide_values SPANS=4 WEIGHTS_ALONE=1
// @variant wide_values_dropout SPANS=4 WEIGHTS_ALONE=1 DROPOUT=1

// No gradients of values; those of keys take gradients of scores, see attention/lib/workgroup-gradients.wgsl.
override KEYS_ALONE: bool = false;

// Four keys of p_tile times the queries of the thread's side, at its vec4 number `part`; column r holds key r.
fn tile_sums(at: Place) -> mat4x4f {
  let p = min(at.row_part, 7u);
  let b = min(at.side, 1u) * SIDE + min(at.part, 7u);
  var sums = mat4x4f();
  for (var n = 0u; n < TILE; n += 4u) {
    let i = n * STRIDE;
    let factors = transpose(
      mat4x4f(p_tile[p + i], p_tile[p + i + STRIDE], p_tile[p + i + 2u * STRIDE], p_tile[p + i + 3u * STRIDE])
    );
    sums = add_products(
      sums, mat4x4f(tiles[b + i], tiles[b + i + STRIDE], tiles[b + i + 2u * STRIDE], tiles[b + i + 3u * STRIDE]), factors
    );
  }
  return sums;
}

// As tile_sums, of the pairs alone that are seen: queries from i on, keys from j on.
fn tile_sums_seen(at: Place, head: Head, i: u32, j: u32) -> mat4x4f {
  var sums = mat4x4f();
  let end = min(TILE, params.queries - i);
  for (var n = 0u; n < end; n++) {
    let seen = sees(head, i + n, j);
    let factors = p_tile[n * STRIDE + at.row_part];
    for (var r = 0u; r < 4u; r++) {
      if (seen[r]) {
        sums[r] += factors[r] * tiles[at.side * SIDE + n * STRIDE + at.part];
      }
    }
  }
  return sums;
}

fn add_tile(sums: mat4x4f, hiding: bool, at: Place, head: Head, i: u32, j: u32) -> mat4x4f {
  let products = tile_sums(at);
  // what is not finite shows in every row
  if (hiding && not_finite(products[0])) {
    return sums + tile_sums_seen(at, head, i, j);
  }
  return sums + products;
}

fn own(index: u32, local: u32) {
  let first_key = (params.first_block + index % params.row_blocks) * TILE;
  let kv_head = index / params.row_blocks;
  if (kv_head >= params.batch_size * params.kv_heads) {
    return;
  }
  let d4 = width_of(SCORES);
  let v4 = width_of(VALUES);
  let at = place_of(local);
  let j = first_key + at.row_part * 4u;

  var to_k: array<mat4x4f, SPANS>;
  var to_v: array<mat4x4f, SPANS>;
  let group = params.num_heads / params.kv_heads;
  for (var g = 0u; g < group; g++) {
    let head = head_of(kv_head * group + g);
    let q_base = queries_at(SCORES, head.z);
    let d_y_base = queries_at(VALUES, head.z);
    // for uniform control flow the same for all threads of a workgroup
    let past = select(params.queries, 0u, first_key >= head.end);
    for (var first = first_query_for(head, first_key) / TILE * TILE; first < past; first += TILE) {
      let hiding = may_hide(head, first, first_key + TILE);
      let pairs = tile_pairs(head, kv_head, first, first_key, local);
      if (!KEYS_ALONE) {
        keep_rows(at, pairs.dropped);
        for (var c = 0u; c < SPANS; c++) {
          if (c * 16u < v4) {
            bring_queries(VALUES, local, d_y_base, first, c * 16u);
            workgroupBarrier();
            to_v[c] = add_tile(to_v[c], hiding, at, head, first, j);
            workgroupBarrier();
          }
        }
      }
      if (!WEIGHTS_ALONE) {
        keep_rows(at, pairs.d_dots);
        for (var c = 0u; c < SPANS; c++) {
          if (c * 16u < d4) {
            bring_queries(SCORES, local, q_base, first, c * 16u);
            workgroupBarrier();
            to_k[c] = add_tile(to_k[c], hiding, at, head, first, j);
            workgroupBarrier();
          }
        }
      }
    }
  }

  let d_k_base = keys_gradient_at(SCORES, kv_head);
  let d_v_base = keys_gradient_at(VALUES, kv_head);
  for (var c = 0u; c < SPANS; c++) {
    let d = c * 16u + at.side * 8u + at.part;
    let d_k = to_k[c];
    let d_v = to_v[c];
    for (var r = 0u; r < 4u; r++) {
      if (!WEIGHTS_ALONE && j + r < params.keys && d < d4) {
        gradient[d_k_base + (j + r) * d4 + d] = d_k[r];
      }
      if (!KEYS_ALONE && j + r < params.keys && d < v4) {
        gradient[d_v_base + (j + r) * v4 + d] = d_v[r];
      }
    }
  }
}
