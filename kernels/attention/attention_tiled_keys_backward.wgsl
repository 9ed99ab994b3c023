// Gradients of attention with respect to k and v by tiles in workgroup memory, for GPUs.
// Formula and bindings: attention/lib/backward-operands.wgsl; gradient is d_k, then d_v.
//
// A workgroup of 64 threads owns 32 keys of one k/v head and goes through the queries 32 at a time, one query head after
// the other: scores and gradients of weights of a tile, 4 × 4 per thread; weights into workgroup memory, and their product
// with d_y into registers; the same with gradients of scores and q. Each thread sums 4 keys × 4 of every 32 features,
// twice. The order of the sums is fixed.
// Row blocks are of 32 keys; dispatch batch · kv_heads · row_blocks workgroups, folded.
// Preconditions: dim and value_dim are multiples of 4 and at most 128, offsets of q, k, v, d_y and gradient of
// 4. Barriers: two per 32 features of each product, in uniform control flow.
//
// @use attention/lib/workgroup-gradients.wgsl
// @use lib/by-workgroup.wgsl

// As tile_sums, of the pairs alone that are seen: rows are keys from j on, b_tile has queries from i on.
fn tile_sums_seeing(row_part: u32, d: u32, head: Head, i: u32, j: u32) -> mat4x4f {
  var sums = mat4x4f();
  for (var n = 0u; n < TILE; n++) {
    let seen = sees(head, i + n, j);
    for (var r = 0u; r < 4u; r++) {
      if (seen[r]) {
        sums[r] += p_tile[(row_part * 4u + r) * STRIDE + n / 4u][n % 4u] * b_tile[n * STRIDE + d];
      }
    }
  }
  return sums;
}

fn add_tile(sums: mat4x4f, hiding: bool, row_part: u32, d: u32, head: Head, i: u32, j: u32) -> mat4x4f {
  let products = tile_sums(row_part, d);
  // what is not finite shows in every row
  if (hiding && not_finite(products[0])) {
    return sums + tile_sums_seeing(row_part, d, head, i, j);
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
  let k_base = keys_at(SCORES, kv_head);
  let v_base = keys_at(VALUES, kv_head);
  let row_part = local / 8u;
  let part = local % 8u;
  let j = first_key + row_part * 4u;

  var to_k: array<mat4x4f, PARTS>;
  var to_v: array<mat4x4f, PARTS>;
  let group = params.num_heads / params.kv_heads;
  for (var g = 0u; g < group; g++) {
    let head = head_of(kv_head * group + g);
    let q_base = queries_at(SCORES, head.z);
    let d_y_base = queries_at(VALUES, head.z);
    // for uniform control flow the same for all threads of a workgroup
    let past = select(params.queries, 0u, first_key >= head.end);
    for (var first = first_query_for(head, first_key) / TILE * TILE; first < past; first += TILE) {
      let hiding = may_hide(head, first, first_key + TILE);
      // A column of these blocks is a query; keys are what a thread sums over, so they are turned before they are kept.
      let dots = tile_of(SCORES, local, q_base, first, k_base, first_key, part, row_part);
      let d_weights = tile_of(VALUES, local, d_y_base, first, v_base, first_key, part, row_part);
      let pairs = pair_block(dots, d_weights, head, first + part * 4u, j);
      keep_rows(row_part, part, transpose(pairs.dropped));
      for (var c = 0u; c < PARTS; c++) {
        if (c * 8u < v4) {
          bring_queries(VALUES, local, d_y_base, first, c * 8u);
          workgroupBarrier();
          to_v[c] = add_tile(to_v[c], hiding, row_part, part, head, first, j);
          workgroupBarrier();
        }
      }
      keep_rows(row_part, part, transpose(pairs.d_dots));
      for (var c = 0u; c < PARTS; c++) {
        if (c * 8u < d4) {
          bring_queries(SCORES, local, q_base, first, c * 8u);
          workgroupBarrier();
          to_k[c] = add_tile(to_k[c], hiding, row_part, part, head, first, j);
          workgroupBarrier();
        }
      }
    }
  }

  let d_k_base = keys_gradient_at(SCORES, kv_head);
  let d_v_base = keys_gradient_at(VALUES, kv_head);
  for (var c = 0u; c < PARTS; c++) {
    let d = c * 8u + part;
    let d_k = to_k[c];
    let d_v = to_v[c];
    for (var r = 0u; r < 4u; r++) {
      if (j + r < params.keys && d < d4) {
        gradient[d_k_base + (j + r) * d4 + d] = d_k[r];
      }
      if (j + r < params.keys && d < v4) {
        gradient[d_v_base + (j + r) * v4 + d] = d_v[r];
      }
    }
  }
}
