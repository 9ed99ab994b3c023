// What attention_queries_backward and attention_tiled_queries_backward are given, whose headers say what it is.

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
  d_y_offset: u32,
  stats_offset: u32,
  bias_offset: u32,
  control_offset: u32,
  d_q_offset: u32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d_y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> control: array<u32>;
@group(0) @binding(7) var<storage, read_write> d_q: array<vec4<f32>>;
@group(0) @binding(8) var<uniform> params: Params;
