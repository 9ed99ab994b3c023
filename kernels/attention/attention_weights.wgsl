// attention_weights: scores become weights that are still to be divided by their sum, in place
//
//   w[r, j] = e^(scale · s[r, j] - m_r)   m_r = max_j scale · s[r, j]   sums[r] = Σ_j w[r, j]   lse[r] = m_r + log sums[r]
//
//   scores  [rows, n]  s on entry, w on exit
//   lse     [rows]
//   sums    [rows]
//
// Row r sees min(n, seen + (r mod cycle) · causal) columns, at least one; the weights of the others are 0.
//
// A thread owns one row and goes through it in vectors of four. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No
// barriers. Preconditions: n and scores_offset are multiples of 4; no binding aliases another.
//
// @use lib/by-thread.wgsl
// @use attention/lib/seen.wgsl
// @use attention/lib/score-rows.wgsl

override WORKGROUP_SIZE: u32 = 4u;

var<storage, read_write> lse: array<f32>;
var<storage, read_write> sums: array<f32>;

fn own(row: u32) {
  if (row >= params.rows) {
    return;
  }
  let seen = seen_by(row);
  let first = (params.scores_offset + row * params.n) / 4u;
  let vectors = (seen + 3u) / 4u;
  var highest = vec4<f32>(HIDDEN);
  for (var i = 0u; i < vectors; i++) {
    let there = 4u * i + FIRST_FOUR < vec4<u32>(seen);
    highest = max(highest, select(vec4<f32>(HIDDEN), params.scale * scores[first + i], there));
  }
  let top = max(max(highest.x, highest.y), max(highest.z, highest.w));
  var total = vec4<f32>();
  for (var i = 0u; i < vectors; i++) {
    let there = 4u * i + FIRST_FOUR < vec4<u32>(seen);
    let weights = weights_of(select(vec4<f32>(HIDDEN), params.scale * scores[first + i], there), top);
    scores[first + i] = weights;
    total += weights;
  }
  for (var i = vectors; i < params.n / 4u; i++) {
    scores[first + i] = vec4<f32>();
  }
  let sum = total.x + total.y + total.z + total.w;
  lse[params.lse_offset + row] = logsumexp_of(top, sum);
  sums[params.sums_offset + row] = sum;
}
