// What query_attention_scores_backward and query_attention_scores_serial_backward are given, whose headers say what it is.

struct Params {
  rows: u32,
  batch_size: u32,
  seq_len: u32,
  value_width: u32,
  has_lengths: u32,
  has_d_context: u32,
  has_d_weights: u32,
  memory_offset: u32,
  weights_offset: u32,
  d_context_offset: u32,
  d_weights_given_offset: u32,
  lengths_offset: u32,
  d_scores_offset: u32,
}

@group(0) @binding(0) var<storage, read> memory: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> d_context: array<f32>;
@group(0) @binding(3) var<storage, read> d_weights_given: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> d_scores: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;
