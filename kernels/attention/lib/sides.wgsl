// What an attention multiplies: two pairs of tensors, each with a row for each query on one side and for each key on the other.
//
//   SCORES  q and k, rows of dim numbers: their products become the scores
//   VALUES  d_y and v, rows of value_dim numbers: their products are the gradients of the weights
//
// The kernel says which pair by a constant, and has Element, WIDTH (the numbers in one) and the bindings k and v. Its operands
// (forward-operands.wgsl or backward-operands.wgsl) have query_side and queries_offset; the forward pass has no d_y.
//
// @use attention/lib/attention.wgsl

const SCORES: u32 = 0;
const VALUES: u32 = 1;

// Element `at` of k or v.
fn key_side(pair: u32, at: u32) -> Element {
  if (pair == SCORES) {
    return k[at];
  }
  return v[at];
}

// Elements in a row.
fn width_of(pair: u32) -> u32 {
  return select(params.dim, params.value_dim, pair == VALUES) / WIDTH;
}

// Where the queries of query head z begin.
fn queries_at(pair: u32, z: u32) -> u32 {
  return queries_offset(pair) / WIDTH + z * params.queries * width_of(pair);
}

// Where the keys of a key/value head begin.
fn keys_at(pair: u32, kv_head: u32) -> u32 {
  return select(params.k_offset, params.v_offset, pair == VALUES) / WIDTH + kv_head * params.keys * width_of(pair);
}
