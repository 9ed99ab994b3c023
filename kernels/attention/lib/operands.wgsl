// What all kernels of attention over whole sequences are given. Of its blocks of rows a dispatch does row_blocks, from
// first_block on.
//
// q     [batch, num_heads, queries, dim]
// k     [batch, kv_heads, keys, dim]; num_heads / kv_heads query heads read the same one
// v     [batch, kv_heads, keys, value_dim]
// bias, control: see attention/lib/attention.wgsl
//
// @use attention/lib/attention.wgsl

struct Params {
  batch_size: u32,
  dim: u32,
  value_dim: u32,
  row_blocks: u32,
  first_block: u32,
}

var<storage, read> q: array<Element>;
var<storage, read> k: array<Element>;
var<storage, read> v: array<Element>;
