// What the gradients of cross-entropy share: d_logits[r, i] = (e^(logits[r, i] - maximum[r] - log_sum[r]) - [i = targets[r]]) ·
// scale_of(r), which the kernel has.
//
//   logits     [n, v]
//   targets    [n]  i32; a row with a target below 0 or from v on is ignored: its gradient is 0, whatever stands there
//   sums       [n, 2]  maximum and log_sum, from cross_entropy_forward
//   d_logits   [n, v]
//
// A thread owns one element. Dispatch ceil(n · v / WORKGROUP_SIZE) workgroups, folded. No barriers. d_logits may not
// share a buffer with an input.
//
// @use lib/by-thread.wgsl
// @use lib/numbers.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  n: u32,
  v: u32,
}

var<storage, read> logits: array<f32>;
var<storage, read> targets: array<i32>;
var<storage, read> sums: array<f32>;
var<storage, read_write> d_logits: array<f32>;

fn own(element: u32) {
  if (element >= params.n * params.v) {
    return;
  }
  let row = element / params.v;
  let column = element % params.v;
  // A negative target is a huge one when read as u32.
  let hot = bitcast<u32>(targets[params.targets_offset + row]);
  var gradient = 0.0;
  if (hot < params.v) {
    // rounded, the difference may be a little above 0
    let at = params.sums_offset + 2u * row;
    let below = (logits[params.logits_offset + element] - sums[at]) - sums[at + 1u];
    let probability = exponential(select(below, 0.0, below > 0.0));
    gradient = (probability - select(0.0, 1.0, column == hot)) * scale_of(row);
  }
  d_logits[params.d_logits_offset + element] = gradient;
}
