// Attention's forward pass, or the gradient of its queries, by tiles in workgroup memory, for GPUs. The pass's files say what
// it is given, and what it makes of the scores.
//
// A workgroup of 64 threads owns 32 queries of one head and goes through the keys 32 at a time: inner products of a tile, 4 × 4
// per thread, over 32 features at a time; what becomes of them into workgroup memory; then these factors times the rows of v
// or k into registers, for each thread 4 queries × 4 of every 32 features. The results are written once, at the end.
// Row blocks are of 32 queries; dispatch batch · num_heads · row_blocks workgroups, folded.
// Preconditions: dim and value_dim are multiples of 4 and at most 128, offsets of what is read as vec4 are multiples of 4. 15.5
// KiB of workgroup memory. Barriers: two per 32 features of each product, and those of the pass, in each tile; in uniform
// control flow.
//
// @name attention_tiled_{pass}
// @each pass forward queries_backward
// @use attention/lib/{pass}-tiles.wgsl
// @use lib/by-workgroup.wgsl

fn own(index: u32, local: u32) {
  let first_query = (params.first_block + index % params.row_blocks) * TILE;
  let z = index / params.row_blocks;
  if (z >= params.batch_size * params.num_heads) {
    return;
  }
  let head = head_of(z);
  let kv_head = kv_head_of(z);
  let width = width_of(SUMMED);
  let base = keys_at(SUMMED, kv_head);
  let row_part = local / 8u;
  let part = local % 8u;
  let i = first_query + row_part * 4u;

  var state = begin();
  var sums: array<mat4x4f, PARTS>;
  let end = end_for(head, first_query + TILE - 1u);
  for (var first = 0u; first < end; first += TILE) {
    state = weigh(state, head, kv_head, first_query, first, local);
    let hiding = may_hide(head, i, first + TILE);
    for (var c = 0u; c < PARTS; c++) {
      if (c * 8u < width) {
        bring_keys(SUMMED, local, base, first, c * 8u);
        workgroupBarrier();
        var products = tile_sums(row_part, part);
        // what is not finite shows in every row
        if (hiding && not_finite(products[0])) {
          products = tile_sums_seen(row_part, part, head, i, first);
        }
        sums[c] = shrunk(sums[c], state) + products;
        workgroupBarrier();
      }
    }
  }

  let factors = factors_of(state, head, i);
  let to = result_at(z);
  for (var c = 0u; c < PARTS; c++) {
    let d = c * 8u + part;
    if (d < width) {
      let result = scaled(sums[c], factors);
      for (var r = 0u; r < 4u; r++) {
        if (i + r < params.queries) {
          keep_result(to + (i + r) * width + d, result[r]);
        }
      }
    }
  }
  if (part == 0u) {
    finish(state, factors, head, i);
  }
}
