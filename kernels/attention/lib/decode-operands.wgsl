// What attention_decode and attention_decode_tiled are given, whose headers say what it is.

struct Params {
  batch_size: u32,
  kv_heads: u32,
  queries: u32,
  rows: u32,
  row_blocks: u32,
  capacity: u32,
  parts: u32,
  dim: u32,
  value_dim: u32,
  causal: u32,
  has_lengths: u32,
  alibi_heads: u32,
  scale: f32,
  softcap: f32,
  q_offset: u32,
  k_offset: u32,
  v_offset: u32,
  lengths_offset: u32,
  stats_offset: u32,
  sums_offset: u32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;
