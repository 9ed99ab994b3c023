// cross_entropy_forward_serial: losses[r] = log Σ e^logits[r, i] - logits[r, targets[r]]
//
//   logits     [n, v]
//   targets    [n]  i32; a row with a target below 0 or from v on is ignored: loss 0
//   losses     [n]
//   sums       [n, 2]  of each row, ignored ones too, the maximum of its logits and log Σ e^(logits - maximum), for the backward
//                      pass: apart, since added to a large maximum the logarithm is lost
//
// A thread owns one row. Dispatch ceil(n / WORKGROUP_SIZE) workgroups, folded. No barriers. Outputs may not share a
// buffer with inputs or each other. Same bindings and parameters as cross_entropy_forward, which is the better one for
// long rows on a GPU.
//
// @use lib/by-thread.wgsl
// @use lib/numbers.wgsl
// @use rows/lib/cross-entropy-forward-operands.wgsl

override WORKGROUP_SIZE: u32 = 64u;

fn own(row: u32) {
  if (row >= params.n) {
    return;
  }
  let first = params.logits_offset + row * params.v;
  let end = first + params.v;

  var largest = logits[first];
  for (var i = first; i < end; i++) {
    largest = max(largest, logits[i]);
  }
  var sum = 0.0;
  for (var i = first; i < end; i++) {
    sum += exp(logits[i] - largest);
  }
  sum = checked_total(sum);

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
