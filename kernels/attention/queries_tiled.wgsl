// Attention's forward pass, or the gradient of its queries, by tiles in workgroup memory, for GPUs. The pass's files say what
// it is given, and what it makes of the scores.
//
// A workgroup of 128 threads owns 32 queries of one head and goes through the keys 32 at a time: inner products of a tile, over
// 32 features at a time; what becomes of them into workgroup memory; then these factors times the rows of v or k into registers,
// for each thread 4 queries × 4 of every 64 features. The results are written once, at the end.
// Row blocks are of 32 queries; dispatch batch · num_heads · row_blocks workgroups, folded.
// Preconditions: dim and value_dim are multiples of 4 and at most 128 (variants `narrow`: 64, `wide`: 256), offsets of what is read as
// vec4 are multiples of 4. 15.6 KiB of workgroup memory. Barriers: two per 32 features of inner products and per 64 that are summed up, and
// those of the pass, in each tile; in uniform control flow.
//
// @name attention_tiled_{pass}
// @each pass forward queries_backward
// @use attention/lib/{pass}-tiles.wgsl
// @use attention/lib/queries-products.wgsl
// @use lib/by-workgroup.wgsl
// @variant narrow SPANS=1
// @variant narrow_dropout SPANS=1 DROPOUT=1
// @variant wide SPANS=4
// @variant wide_dropout SPANS=4 DROPOUT=1

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
  let at = place_of(local);
  let i = first_query + at.row_part * 4u;

  var state = begin();
  var sums: array<mat4x4f, SPANS>;
  let end = end_for(head, first_query + TILE - 1u);
  for (var first = 0u; first < end; first += TILE) {
    state = weigh(state, head, kv_head, first_query, first, local);
    let hiding = may_hide(head, i, first + TILE);
    for (var c = 0u; c < SPANS; c++) {
      if (c * 16u < width) {
        bring_keys(SUMMED, local, base, first, c * 16u);
        workgroupBarrier();
        var products = tile_sums(at);
        // what is not finite shows in every row
        if (hiding && not_finite(products[0])) {
          products = tile_sums_seen(at, head, i, first);
        }
        sums[c] = shrunk(sums[c], state) + products;
        workgroupBarrier();
      }
    }
  }

  let factors = factors_of(state, head, first_query, local);
  let to = result_at(z);
  for (var c = 0u; c < SPANS; c++) {
    let d = c * 16u + at.side * 8u + at.part;
    if (d < width) {
      let result = scaled(sums[c], factors);
      for (var r = 0u; r < 4u; r++) {
        if (i + r < params.queries) {
          keep_result(to + (i + r) * width + d, result[r]);
        }
      }
    }
  }
}
