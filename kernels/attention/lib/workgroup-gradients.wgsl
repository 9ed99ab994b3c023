// What the two backward kernels of attention for GPUs share.
//
// @use attention/lib/pairs.wgsl
// @use attention/lib/workgroup.wgsl
// @use attention/lib/backward-operands.wgsl

// No gradients of scores, weights alone.
override WEIGHTS_ALONE: bool = false;

// Of two queries with four keys; column r holds query r.
struct PairRows {
  dropped: mat2x4f,
  d_dots: mat2x4f,
}

fn pair_row(dots: vec4f, d_weights: vec4f, head: Head, i: u32, j: u32) -> Pairs {
  if (i >= params.queries) {
    return Pairs();
  }
  return pairs_of(dots, d_weights, head, i, j);
}

// Of a tile, queries from first_query and keys from first_key on, the two rows that a thread keeps; p_tile may be written then.
fn tile_pairs(head: Head, kv_head: u32, first_query: u32, first_key: u32, local: u32) -> PairRows {
  let dots = tile_of(SCORES, local, queries_at(SCORES, head.z), first_query, keys_at(SCORES, kv_head), first_key);
  var d_weights = mat2x4f();
  if (!WEIGHTS_ALONE) {
    d_weights = tile_of(VALUES, local, queries_at(VALUES, head.z), first_query, keys_at(VALUES, kv_head), first_key);
  }
  workgroupBarrier();
  let at = place_of(local);
  let i = first_query + score_row(at);
  let j = first_key + at.part * 4u;
  let a = pair_row(dots[0], d_weights[0], head, i, j);
  let b = pair_row(dots[1], d_weights[1], head, i + 1u, j);
  return PairRows(mat2x4f(a.dropped, b.dropped), mat2x4f(a.d_dots, b.d_dots));
}
