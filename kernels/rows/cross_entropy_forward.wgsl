// cross_entropy_forward: losses[r] = log Σ e^logits[r, i] - logits[r, targets[r]]
//
//   logits     [n, v]
//   targets    [n]  i32; a row with a target below 0 or from v on is ignored: loss 0
//   losses     [n]
//   sums       [n, 2]  of each row, ignored ones too, the maximum of its logits and log Σ e^(logits - maximum), for the backward
//                      pass: apart, since added to a large maximum the logarithm is lost
//
// A workgroup owns one row: thread t takes columns t, t + WORKGROUP_SIZE, …, then a tree, for the maximum and again for
// the sum of exponentials below it. Dispatch n workgroups, folded. Barriers in the trees. WORKGROUP_SIZE is a power of
// two. A row with NaN or ∞, or of nothing but -∞, gives NaN. Outputs may not share a buffer with inputs or each other. See
// cross_entropy_forward_serial for short rows.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl
// @use rows/lib/cross-entropy-forward-operands.wgsl

override WORKGROUP_SIZE: u32 = 64u;

fn own(row: u32, local_index: u32) {
  if (row >= params.n) {
    return;
  }
  let first = params.logits_offset + row * params.v;

  var largest = logits[first];
  for (var i = local_index; i < params.v; i += WORKGROUP_SIZE) {
    largest = max(largest, logits[first + i]);
  }
  largest = tree_maximum(local_index, largest);

  var sum = 0.0;
  for (var i = local_index; i < params.v; i += WORKGROUP_SIZE) {
    sum += exp(logits[first + i] - largest);
  }
  sum = checked_total(tree_sum(local_index, sum));

  if (local_index == 0u) {
    let log_sum = logarithm_of_total(sum);
    // A negative target is a huge one when read as u32.
    let column = bitcast<u32>(targets[params.targets_offset + row]);
    var loss = 0.0;
    if (column < params.v) {
      // Not (largest + log_sum) - logit: where both are large, that loses the digits of a small loss.
      loss = log_sum + (largest - logits[first + column]);
    }
    losses[params.losses_offset + row] = loss;
    sums[params.sums_offset + 2u * row] = largest;
    sums[params.sums_offset + 2u * row + 1u] = log_sum;
  }
}
