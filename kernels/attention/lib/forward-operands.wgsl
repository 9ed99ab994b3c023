// What the forward kernels of attention are given.
//
//   y[i] = Σ_j p[i, j] · v[j]      p = softmax_j(scale · q[i] · k[j] + bias[i, j])      lse[i] = log Σ_j e^score[i, j]
//
// q     [batch, num_heads, queries, dim]
// k     [batch, kv_heads, keys, dim]; num_heads / kv_heads query heads read the same one
// v     [batch, kv_heads, keys, value_dim]
// bias, control: see attention/lib/attention.wgsl
// y     [batch, num_heads, queries, value_dim]; 0 where a query sees no key
// lse   [batch, num_heads, queries]; 0 where a query sees no key
//
// Of its blocks of rows a dispatch does row_blocks, from first_block on. y and lse alias nothing.

struct Params {
  batch_size: u32,
  num_heads: u32,
  kv_heads: u32,
  queries: u32,
  keys: u32,
  dim: u32,
  value_dim: u32,
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
  bias_offset: u32,
  control_offset: u32,
  y_offset: u32,
  lse_offset: u32,
}

@group(0) @binding(0) var<storage, read> q: array<Element>;
@group(0) @binding(1) var<storage, read> k: array<Element>;
@group(0) @binding(2) var<storage, read> v: array<Element>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> control: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<Element>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

fn query_side(pair: u32, at: u32) -> Element {
  return q[at];
}

fn queries_offset(pair: u32) -> u32 {
  return params.q_offset;
}
