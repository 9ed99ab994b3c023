// What the backward kernels of attention make of the pairs of one query with four keys.
//
// The kernel has the binding stats [rows, 2] beside those of attention/lib/attention.wgsl.
//
// @use attention/lib/attention.wgsl

// Weights after dropout and gradients of inner products; 0 where a pair does not count.
struct Pairs {
  dropped: vec4f,
  d_dots: vec4f,
}

// From the inner products q · k and d_y · v.
fn pairs_of(dots: vec4f, d_weights: vec4f, head: Head, i: u32, j: u32) -> Pairs {
  let at = params.stats_offset + 2u * (head.z * params.queries + i);
  let scores = scores_of(dots, head, i, j);
  let p = weights_again(scores, stats[at]);
  let factors = kept(head, i, j);
  let d_dots = through_scores(p * (factors * d_weights - stats[at + 1u]), dots);
  return Pairs(p * factors, select(d_dots, vec4f(), is_hidden(scores)));
}
