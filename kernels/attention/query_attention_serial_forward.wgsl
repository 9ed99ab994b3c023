// Attention of one query per row over the row's own sequence, one thread for a whole row: formula, bindings and parameters
// of query_attention_forward, which this is the readable form of.
//
// A thread owns one row. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. No written binding shares
// a buffer with another.
//
// @use lib/linear.wgsl
// @use lib/real.wgsl
// @use lib/numbers.wgsl
// @use attention/lib/query-attention.wgsl
// @use attention/lib/query-attention-forward-operands.wgsl
// @variant additive ADDITIVE=1

override WORKGROUP_SIZE: u32 = 64u;
override ADDITIVE: bool = false;

alias Real = f32;
const WIDTH: u32 = 1;

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
  let batch_row = row % params.batch_size;
  let end = end_of(batch_row);
  let to_weights = params.weights_offset + row * params.seq_len;
  let to_context = params.context_offset + row * params.value_width;

  var largest = -3.4e38;
  for (var s = 0u; s < end; s++) {
    let score = score_of(row, batch_row * params.seq_len + s);
    weights[to_weights + s] = score;
    largest = max(largest, score);
  }
  var total = 0.0;
  for (var s = 0u; s < end; s++) {
    let share = exp(weights[to_weights + s] - largest);
    weights[to_weights + s] = share;
    total += share;
  }
  total = checked_total(total);
  for (var s = 0u; s < end; s++) {
    weights[to_weights + s] /= total;
  }
  for (var s = end; s < params.seq_len; s++) {
    weights[to_weights + s] = 0.0;
  }

  for (var k = 0u; k < params.value_width; k++) {
    var sum = 0.0;
    for (var s = 0u; s < end; s++) {
      sum += weights[to_weights + s] * memory[params.memory_offset + (batch_row * params.seq_len + s) * params.value_width + k];
    }
    context[to_context + k] = sum;
  }
}
