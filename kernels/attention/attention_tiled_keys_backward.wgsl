// Gradients of attention with respect to k and v by tiles in workgroup memory, for GPUs. The formula, bindings and
// parameters are those of attention_keys_backward.
//
// A workgroup of 64 threads owns 32 keys of one k/v head and goes through the queries 32 at a time, one query head after
// the other: scores and gradients of weights of a tile, 4 × 4 per thread; weights into workgroup memory, and their product
// with d_y into registers; the same with gradients of scores and q. Each thread sums 4 keys × 4 of every 32 features,
// twice. The order of the sums is fixed.
// ceil(keys / 32) row blocks, of which a dispatch does row_blocks from first_block on;
// dispatch batch · kv_heads · row_blocks workgroups, folded.
// Preconditions: dim and value_dim are multiples of 4 and at most 128, offsets of q, k, v, d_y and d_kv are multiples of 4. Barriers:
// two per 32 features of each product, in uniform control flow. d_kv aliases nothing.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4.
//
// @use attention/lib/workgroup-gradients.wgsl
// @use attention/lib/keys-backward-operands.wgsl

// The first query tile that counts, for uniform control flow the same for all threads of a workgroup.
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

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3<u32>,
  @builtin(num_workgroups) num_workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = workgroup_id.x + workgroup_id.y * num_workgroups.x;
  let first_key = (params.first_block + index % params.row_blocks) * TILE;
  let kv_head = index / params.row_blocks;
  if (kv_head >= params.batch_size * params.kv_heads) {
    return;
  }
  let d4 = params.dim / 4u;
  let start = kv_head * params.keys * d4;
  let k_base = params.k_offset / 4u + start;
  let v4 = params.value_dim / 4u;
  let v_start = kv_head * params.keys * v4;
  let v_base = params.v_offset / 4u + v_start;
  let row_part = local / 8u;
  let part = local % 8u;
  let j = first_key + row_part * 4u;

  var to_k: array<mat4x4f, PARTS>;
  var to_v: array<mat4x4f, PARTS>;
  let group = params.num_heads / params.kv_heads;
  for (var g = 0u; g < group; g++) {
    let head = head_of(kv_head * group + g);
    let q_base = params.q_offset / 4u + head.z * params.queries * d4;
    let d_y_base = params.d_y_offset / 4u + head.z * params.queries * v4;
    let past = select(params.queries, 0u, first_key >= head.end);
    for (var first = first_query_for(head, first_key) / TILE * TILE; first < past; first += TILE) {
      let hiding = may_hide(head, first, first_key + TILE);
      // A column of these blocks is a query; keys are what a thread sums over, so they are turned before they are kept.
      let dots = tile_q_k(local, q_base, first, k_base, first_key, part, row_part);
      let d_weights = tile_d_y_v(local, d_y_base, first, v_base, first_key, part, row_part);
      let pairs = pair_block(dots, d_weights, head, first + part * 4u, j);
      keep_rows(row_part, part, transpose(pairs.dropped));
      for (var c = 0u; c < PARTS; c++) {
        if (c * 8u < v4) {
          for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
            b_tile[n / 8u * STRIDE + n % 8u] = d_y_at(d_y_base, first + n / 8u, c * 8u + n % 8u);
          }
          workgroupBarrier();
          to_v[c] = add_tile(to_v[c], hiding, row_part, part, head, first, j);
          workgroupBarrier();
        }
      }
      keep_rows(row_part, part, transpose(pairs.d_dots));
      for (var c = 0u; c < PARTS; c++) {
        if (c * 8u < d4) {
          for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
            b_tile[n / 8u * STRIDE + n % 8u] = q_at(q_base, first + n / 8u, c * 8u + n % 8u);
          }
          workgroupBarrier();
          to_k[c] = add_tile(to_k[c], hiding, row_part, part, head, first, j);
          workgroupBarrier();
        }
      }
    }
  }

  let d_k_base = params.d_kv_offset / 4u + start;
  let d_v_base = params.d_kv_offset / 4u + params.batch_size * params.kv_heads * params.keys * d4 + v_start;
  for (var c = 0u; c < PARTS; c++) {
    let d = c * 8u + part;
    let d_k = to_k[c];
    let d_v = to_v[c];
    for (var r = 0u; r < 4u; r++) {
      if (j + r < params.keys && d < d4) {
        d_kv[d_k_base + (j + r) * d4 + d] = d_k[r];
      }
      if (j + r < params.keys && d < v4) {
        d_kv[d_v_base + (j + r) * v4 + d] = d_v[r];
      }
    }
  }
}
