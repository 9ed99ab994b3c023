// What the backward kernels of attention are given. The weights p are worked out again:
//
//   p = e^(score - lse)      ds = scale · p ∘ (kept ∘ (d_y · vᵀ) - delta)
//   d_q[i] = Σ_j ds[i, j] · k[j]      d_k[j] = Σ_i ds[i, j] · q[i]      d_v[j] = Σ_i kept[i, j] · p[i, j] · d_y[i]
//
// the last two over the queries i of all num_heads / kv_heads heads that read the same k and v.
//
// q      [batch, num_heads, queries, dim]; d_y with value_dim
// k      [batch, kv_heads, keys, dim]; v with value_dim
// stats  [batch, num_heads, queries, 2]: lse and delta (attention_delta)
// bias, control: see attention/lib/attention.wgsl
// gradient  d_q as q is; or d_k as k is, then d_v; or both, as the kernel says
//
// Of its blocks of rows a dispatch does row_blocks, from first_block on; parts is 1 but in attention_combined_backward.
// gradient aliases nothing. T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4.

struct Params {
  batch_size: u32,
  num_heads: u32,
  kv_heads: u32,
  queries: u32,
  keys: u32,
  dim: u32,
  value_dim: u32,
  parts: u32,
  row_blocks: u32,
  first_block: u32,
  causal: u32,
  has_lengths: u32,
  has_bias: u32,
  bias_stride_batch: u32,
  bias_stride_head: u32,
  alibi_heads: u32,
  scale: f32,
  softcap: f32,
  rate: f32,
  q_offset: u32,
  k_offset: u32,
  v_offset: u32,
  d_y_offset: u32,
  stats_offset: u32,
  bias_offset: u32,
  control_offset: u32,
  gradient_offset: u32,
}

@group(0) @binding(0) var<storage, read> q: array<Element>;
@group(0) @binding(1) var<storage, read> k: array<Element>;
@group(0) @binding(2) var<storage, read> v: array<Element>;
@group(0) @binding(3) var<storage, read> d_y: array<Element>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> control: array<u32>;
@group(0) @binding(7) var<storage, read_write> gradient: array<Element>;
@group(0) @binding(8) var<uniform> params: Params;

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
