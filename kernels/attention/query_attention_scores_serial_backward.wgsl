// Gradient of the scores of query_attention_forward, one thread for a whole row: formula, bindings and parameters of
// query_attention_scores_backward, which this is the readable form of.
//
// A thread owns one row. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. d_scores shares no buffer
// with the others.
//
// @use lib/linear.wgsl
// @use attention/lib/query-attention-backward.wgsl

override WORKGROUP_SIZE: u32 = 64u;

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

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let row = linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
  if (row >= params.rows) {
    return;
  }
  let from_weights = params.weights_offset + row * params.seq_len;
  let to_scores = params.d_scores_offset + row * params.seq_len;

  let end = end_of(row % params.batch_size);
  var mean = 0.0;
  for (var s = 0u; s < end; s++) {
    let weight = weights[from_weights + s];
    let d_weight = weight_gradient(row, s);
    d_scores[to_scores + s] = d_weight;
    mean += weight * d_weight;
  }
  for (var s = 0u; s < end; s++) {
    d_scores[to_scores + s] = weights[from_weights + s] * (d_scores[to_scores + s] - mean);
  }
  for (var s = end; s < params.seq_len; s++) {
    d_scores[to_scores + s] = 0.0;
  }
}
