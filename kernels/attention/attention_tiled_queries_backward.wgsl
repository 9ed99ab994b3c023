// Gradient of attention with respect to q by tiles in workgroup memory, for GPUs. The formula, bindings and parameters
// are those of attention_queries_backward.
//
// A workgroup of 64 threads owns 32 queries of one head and goes through the keys 32 at a time: scores and gradients of
// weights of a tile, 4 × 4 per thread; gradients of scores into workgroup memory; then these times k into registers, for
// each thread 4 queries × 4 of every 32 features.
// ceil(queries / 32) row blocks, of which a dispatch does row_blocks from first_block on;
// dispatch batch · num_heads · row_blocks workgroups, folded.
// Preconditions: dim and value_dim are multiples of 4 and at most 128, offsets of q, k, v, d_y and d_q are multiples of 4. Barriers:
// two per 32 features of each product, in uniform control flow. d_q aliases nothing.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4.
//
// @use attention/lib/workgroup-gradients.wgsl
// @use attention/lib/queries-backward-operands.wgsl

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3<u32>,
  @builtin(num_workgroups) num_workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = workgroup_id.x + workgroup_id.y * num_workgroups.x;
  let first_query = (params.first_block + index % params.row_blocks) * TILE;
  let z = index / params.row_blocks;
  if (z >= params.batch_size * params.num_heads) {
    return;
  }
  let head = head_of(z);
  let d4 = params.dim / 4u;
  let q_base = params.q_offset / 4u + z * params.queries * d4;
  let k_base = params.k_offset / 4u + first_key_row(z) * d4;
  let v4 = params.value_dim / 4u;
  let v_base = params.v_offset / 4u + first_key_row(z) * v4;
  let d_y_base = params.d_y_offset / 4u + z * params.queries * v4;
  let row_part = local / 8u;
  let part = local % 8u;
  let i = first_query + row_part * 4u;

  var sums: array<mat4x4f, PARTS>;
  let end = end_for(head, first_query + TILE - 1u);
  for (var first = 0u; first < end; first += TILE) {
    let dots = tile_q_k(local, q_base, first_query, k_base, first, row_part, part);
    let d_weights = tile_d_y_v(local, d_y_base, first_query, v_base, first, row_part, part);
    keep_rows(row_part, part, pair_block(dots, d_weights, head, i, first + part * 4u).d_dots);
    let hiding = may_hide(head, i, first + TILE);
    for (var c = 0u; c < PARTS; c++) {
      if (c * 8u < d4) {
        for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
          b_tile[n / 8u * STRIDE + n % 8u] = k_at(k_base, first + n / 8u, c * 8u + n % 8u);
        }
        workgroupBarrier();
        var products = tile_sums(row_part, part);
        // what is not finite shows in every row
        if (hiding && not_finite(products[0])) {
          products = tile_sums_seen(row_part, part, head, i, first);
        }
        sums[c] += products;
        workgroupBarrier();
      }
    }
  }

  let d_q_base = params.d_q_offset / 4u + z * params.queries * d4;
  for (var c = 0u; c < PARTS; c++) {
    let d = c * 8u + part;
    if (d < d4) {
      let result = sums[c];
      for (var r = 0u; r < 4u; r++) {
        if (i + r < params.queries) {
          d_q[d_q_base + (i + r) * d4 + d] = result[r];
        }
      }
    }
  }
}
