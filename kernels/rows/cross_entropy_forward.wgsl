// cross_entropy_forward: losses[r] = log Σ e^logits[r, i] - logits[r, targets[r]]
//
//   logits     [n, v]
//   targets    [n]  i32; a row with a target below 0 or from v on is ignored: loss 0
//   losses     [n]
//   sums       [n, 2]  of each row, ignored ones too, the maximum of its logits and log Σ e^(logits - maximum), for the backward
//                      pass: apart, since added to a large maximum the logarithm is lost
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). A row with NaN or ∞, or of nothing
// but -∞, gives NaN. Outputs may not share a buffer with inputs or each other.
//
// @name cross_entropy_{rows}_forward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/numbers.wgsl

struct Params {
  n: u32,
  v: u32,
}

var<storage, read> logits: array<f32>;
var<storage, read> targets: array<i32>;
var<storage, read_write> losses: array<f32>;
var<storage, read_write> sums: array<f32>;

fn own_row(row: u32, first: u32) {
  if (row >= params.n) {
    return;
  }
  let begin = params.logits_offset + row * params.v;

  var largest = logits[begin];
  for (var i = first; i < params.v; i += STRIDE) {
    largest = max(largest, logits[begin + i]);
  }
  largest = row_maximum(first, largest);

  var sum = 0.0;
  for (var i = first; i < params.v; i += STRIDE) {
    sum += exp(logits[begin + i] - largest);
  }
  sum = checked_total(row_sum(first, sum));

  if (first == 0u) {
    let log_sum = logarithm_of_total(sum);
    // A negative target is a huge one when read as u32.
    let column = bitcast<u32>(targets[params.targets_offset + row]);
    var loss = 0.0;
    if (column < params.v) {
      // Not (largest + log_sum) - logit: where both are large, that loses the digits of a small loss.
      loss = log_sum + (largest - logits[begin + column]);
    }
    losses[params.losses_offset + row] = loss;
    sums[params.sums_offset + 2u * row] = largest;
    sums[params.sums_offset + 2u * row + 1u] = log_sum;
  }
}
