// attention_score_gradients: from scores and the gradients of the weights to weights and the gradients of the scores, in place
//
//   p[r, j] = e^(scale · s[r, j] - lse[r])   ds[r, j] = scale · p[r, j] · (dp[r, j] - delta[r])
//
//   scores     [rows, n]  s on entry, p on exit
//   gradients  [rows, n]  dp on entry, ds on exit
//   stats      [rows, 2]  lse and delta, of attention_delta
//
// Row r sees min(n, seen + (r mod cycle) · causal) columns; p and ds of the others are 0.
//
// A thread owns four columns of a row. Dispatch ceil(rows · n / 4 / WORKGROUP_SIZE) workgroups, folded. No barriers.
// Preconditions: n and the offsets of scores and gradients are multiples of 4; no binding aliases another.
//
// @use lib/by-thread.wgsl
// @use attention/lib/seen.wgsl
// @use attention/lib/score-rows.wgsl

override WORKGROUP_SIZE: u32 = 64u;

var<storage, read_write> gradients: array<vec4<f32>>;
var<storage, read> stats: array<f32>;

fn own(index: u32) {
  let width = params.n / 4u;
  if (index >= params.rows * width) {
    return;
  }
  let row = index / width;
  let seen = seen_by(row);
  let there = 4u * (index % width) + FIRST_FOUR < vec4<u32>(seen);
  let lse = stats[params.stats_offset + 2u * row];
  let delta = stats[params.stats_offset + 2u * row + 1u];
  let at = params.scores_offset / 4u + index;
  let to = params.gradients_offset / 4u + index;
  // a score that is not seen may lie above the others
  let weights = weights_again(select(vec4<f32>(HIDDEN), params.scale * scores[at], there), lse);
  scores[at] = weights;
  gradients[to] = select(vec4<f32>(), params.scale * weights * (gradients[to] - delta), there);
}
