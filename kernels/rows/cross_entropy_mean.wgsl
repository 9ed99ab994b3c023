// cross_entropy_mean: stats = [mean loss over the rows that are not ignored, their count]
//
//   losses   [n]  0 in ignored rows
//   targets  [n]  i32; a row with a target below 0 or from v on is ignored
//   stats    [2]  f32; no row left gives mean 0 and count 0
//
// A single workgroup owns everything: thread t takes rows t, t + WORKGROUP_SIZE, …, then a tree. Dispatch 1 workgroup.
// Barriers in the tree. WORKGROUP_SIZE is a power of two. stats may not share a buffer with an input.
//
// @use lib/tree.wgsl

override WORKGROUP_SIZE: u32 = 256u;

struct Params {
  n: u32,
  v: u32,
}

var<storage, read> losses: array<f32>;
var<storage, read> targets: array<i32>;
var<storage, read_write> stats: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) local_index: u32) {
  var sum = 0.0;
  var count = 0.0; // exact up to 2^24 rows
  for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
    // A negative target is a huge one when read as u32.
    if (bitcast<u32>(targets[params.targets_offset + i]) < params.v) {
      sum += losses[params.losses_offset + i];
      count += 1.0;
    }
  }
  sum = tree_sum(local_index, sum);
  count = tree_sum(local_index, count);
  if (local_index == 0u) {
    stats[params.stats_offset] = sum / max(count, 1.0);
    stats[params.stats_offset + 1u] = count;
  }
}
