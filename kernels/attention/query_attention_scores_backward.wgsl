// Gradient of the scores of query_attention_forward:
//
//   d_weights[r, s] = d_context[r] · memory[b, s] + d_weights_given[r, s]        (each term where its flag is set)
//   d_scores[r, s] = weights[r, s] · (d_weights[r, s] − Σ_j weights[r, j] · d_weights[r, j])
//
//   memory           [batch, source, value_width]
//   weights          [rows, source]
//   lengths          [batch]          where has_lengths is 1; past it d_scores are 0 and nothing is read
//   d_context        [rows, value_width]
//   d_weights_given  [rows, source]
//   d_scores         [rows, source]
//
// A workgroup owns one row: thread t takes positions t, t + WORKGROUP_SIZE, …. Dispatch `rows` workgroups, folded.
// Barriers in the tree. WORKGROUP_SIZE is a power of two. d_scores shares no buffer with the others. See
// query_attention_scores_serial_backward for adapters with slow barriers.
//
// @use lib/linear.wgsl
// @use lib/tree.wgsl
// @use attention/lib/query-attention-backward.wgsl
// @use attention/lib/query-attention-scores-backward-operands.wgsl

override WORKGROUP_SIZE: u32 = 64u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let row = linear_index(workgroup_id, 0u, num_workgroups, 1u);
  if (row >= params.rows) {
    return;
  }
  let from_weights = params.weights_offset + row * params.seq_len;
  let to_scores = params.d_scores_offset + row * params.seq_len;

  let end = end_of(row % params.batch_size);
  var mean = 0.0;
  for (var s = local_index; s < end; s += WORKGROUP_SIZE) {
    let weight = weights[from_weights + s];
    let d_weight = weight_gradient(row, s);
    d_scores[to_scores + s] = d_weight;
    mean += weight * d_weight;
  }
  mean = tree_sum(local_index, mean);
  for (var s = local_index; s < params.seq_len; s += WORKGROUP_SIZE) {
    var d_score = 0.0;
    if (s < end) {
      d_score = weights[from_weights + s] * (d_scores[to_scores + s] - mean);
    }
    d_scores[to_scores + s] = d_score;
  }
}
