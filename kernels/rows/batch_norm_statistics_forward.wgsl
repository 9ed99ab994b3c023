// batch_norm_statistics_forward: the batch's statistics of each feature from those of chunks, and the running ones moved
// towards them.
//
//   stats[:, i] = mean, squares / N, N        of batch_norm_sums_forward's chunks merged, N the rows that count
//   next[0, i] = running_mean[i] + momentum · (mean - running_mean[i])
//   next[1, i] = running_variance[i] + momentum · (squares / max(N - 1, 1) - running_variance[i])
//
//   partials                        [chunks, 3, n]
//   running_mean, running_variance  [n]
//   stats                           [3, n]
//   next                            [2, n]
//
// Without any row that counts mean and variance are 0.
//
// A thread owns one feature. Dispatch ceil(n / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share a buffer,
// outputs are buffers of their own.
//
// @use lib/by-thread.wgsl
// @use rows/lib/moments.wgsl

alias Element = f32;

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  n: u32,
  chunks: u32,
  momentum: f32,
}

var<storage, read> partials: array<f32>;
var<storage, read> running_mean: array<f32>;
var<storage, read> running_variance: array<f32>;
var<storage, read_write> stats: array<f32>;
var<storage, read_write> next: array<f32>;

fn moved(running: f32, batch: f32) -> f32 {
  return running * (1.0 - params.momentum) + batch * params.momentum;
}

fn own(i: u32) {
  if (i >= params.n) {
    return;
  }
  var all = Moments(0.0, 0.0, 0.0);
  for (var chunk = 0u; chunk < params.chunks; chunk++) {
    let at = params.partials_offset + chunk * 3u * params.n + i;
    all = merged(all, Moments(partials[at], partials[at + params.n], partials[at + 2u * params.n]));
  }
  let to_stats = params.stats_offset + i;
  stats[to_stats] = all.mean;
  stats[to_stats + params.n] = all.squares / max(all.count, 1.0);
  stats[to_stats + 2u * params.n] = all.count;
  let to_next = params.next_offset + i;
  next[to_next] = moved(running_mean[params.running_mean_offset + i], all.mean);
  let unbiased = all.squares / max(all.count - 1.0, 1.0);
  next[to_next + params.n] = moved(running_variance[params.running_variance_offset + i], unbiased);
}
