// What the backward kernels of attention are given. The weights p are worked out again:
//
//   p = e^(score - lse)      ds = scale · p ∘ (kept ∘ (d_y · vᵀ) - delta)
//   d_q[i] = Σ_j ds[i, j] · k[j]      d_k[j] = Σ_i ds[i, j] · q[i]      d_v[j] = Σ_i kept[i, j] · p[i, j] · d_y[i]
//
// the last two over the queries i of all num_heads / kv_heads heads that read the same k and v.
//
// d_y    as q is, with value_dim
// stats  [batch, num_heads, queries, 2]: lse and delta (attention_delta)
// gradient  d_q as q is; or d_k as k is, then d_v; or both, as the kernel says
//
// parts is 1 but in attention_combined_backward. gradient aliases nothing. T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4.
//
// @use attention/lib/operands.wgsl

struct Params {
  parts: u32,
}

var<storage, read> d_y: array<Element>;
var<storage, read> stats: array<f32>;
var<storage, read_write> gradient: array<Element>;

fn query_side(pair: u32, at: u32) -> Element {
  if (pair == SCORES) {
    return q[at];
  }
  return d_y[at];
}

fn queries_offset(pair: u32) -> u32 {
  return select(params.q_offset, params.d_y_offset, pair == VALUES);
}

// Where the gradient of a key/value head's k or v begins, where those of k stand before those of v.
fn keys_gradient_at(pair: u32, kv_head: u32) -> u32 {
  let before = select(0u, params.batch_size * params.kv_heads * width_of(SCORES), pair == VALUES);
  return params.gradient_offset / WIDTH + (before + kv_head * width_of(pair)) * params.keys;
}
