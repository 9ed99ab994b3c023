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
}

var<storage, read> q: array<vec4<f32>>;
var<storage, read> k: array<vec4<f32>>;
var<storage, read> v: array<vec4<f32>>;
var<storage, read> lengths: array<i32>;
var<storage, read_write> stats: array<f32>;
var<storage, read_write> sums: array<vec4<f32>>;
