// Attention of one query per row over the row's own sequence: masked scores, softmax and context in one go.
//
//   e[r, s] = query[r] · keys[b, s]                              (default; Luong et al. 2015)
//   e[r, s] = v · tanh(query[r] + keys[b, s])                    (variant additive; Bahdanau et al. 2015)
//   weights[r, s] = e^e[r, s] / Σ_j e^e[r, j] over j < length[b], 0 past it
//   context[r] = Σ_s weights[r, s] · memory[b, s]                with b = r mod batch
//
//   query    [rows, width]            rows = steps · batch
//   keys     [batch, source, width]
//   memory   [batch, source, value_width]
//   v        [width]                  additive only; otherwise any buffer is bound
//   lengths  [batch]                  where has_lengths is 1; 0 gives zeros
//   weights  [rows, source]
//   context  [rows, value_width]
//
// A workgroup owns one row: thread t takes positions t, t + WORKGROUP_SIZE, … of the source, then elements t, … of the
// context. Dispatch `rows` workgroups, folded. Barriers in the trees, and one before the context, which reads all
// weights. WORKGROUP_SIZE is a power of two. No written binding shares a buffer with another. See
// query_attention_serial_forward for adapters with slow barriers.
//
// @use lib/linear.wgsl
// @use lib/tree.wgsl
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
  let row = linear_index(workgroup_id, 0u, num_workgroups, 1u);
  if (row >= params.rows) {
    return;
  }
  let batch_row = row % params.batch_size;
  let end = end_of(batch_row);
  let to_weights = params.weights_offset + row * params.seq_len;

  var largest = -3.4e38;
  for (var s = local_index; s < end; s += WORKGROUP_SIZE) {
    let score = score_of(row, batch_row * params.seq_len + s);
    weights[to_weights + s] = score;
    largest = max(largest, score);
  }
  largest = tree_maximum(local_index, largest);

  var total = 0.0;
  for (var s = local_index; s < end; s += WORKGROUP_SIZE) {
    let share = exp(weights[to_weights + s] - largest);
    weights[to_weights + s] = share;
    total += share;
  }
  total = checked_total(tree_sum(local_index, total));

  for (var s = local_index; s < params.seq_len; s += WORKGROUP_SIZE) {
    if (s < end) {
      weights[to_weights + s] /= total;
    } else {
      weights[to_weights + s] = 0.0;
    }
  }
  storageBarrier();

  for (var k = local_index; k < params.value_width; k += WORKGROUP_SIZE) {
    var sum = 0.0;
    for (var s = 0u; s < end; s++) {
      sum += weights[to_weights + s] * memory[params.memory_offset + (batch_row * params.seq_len + s) * params.value_width + k];
    }
    context[params.context_offset + row * params.value_width + k] = sum;
  }
}
