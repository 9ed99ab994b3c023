// What query_attention_forward and query_attention_serial_forward are given, whose headers say what it is.

struct Params {
  rows: u32,
  batch_size: u32,
  seq_len: u32,
  width: u32,
  value_width: u32,
  has_lengths: u32,
  query_offset: u32,
  keys_offset: u32,
  memory_offset: u32,
  v_offset: u32,
  lengths_offset: u32,
  weights_offset: u32,
  context_offset: u32,
}

@group(0) @binding(0) var<storage, read> query: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> memory: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<i32>;
@group(0) @binding(5) var<storage, read_write> weights: array<f32>;
@group(0) @binding(6) var<storage, read_write> context: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;
