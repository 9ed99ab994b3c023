// Gradient of the scores of query_attention_forward, one thread for a whole row: formula, bindings and parameters of
// query_attention_scores_backward, which this is the readable form of.
//
// A thread owns one row. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. d_scores shares no buffer
// with the others.
//
// @use lib/linear.wgsl
// @use attention/lib/query-attention-backward.wgsl
// @use attention/lib/query-attention-scores-backward-operands.wgsl

override WORKGROUP_SIZE: u32 = 64u;

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
