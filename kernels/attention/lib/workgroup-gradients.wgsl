// What the two backward kernels of attention for GPUs share.
//
// @use attention/lib/pairs.wgsl
// @use attention/lib/workgroup.wgsl
// @use attention/lib/backward-operands.wgsl

// Of four queries with four keys; column r holds query r.
struct PairBlock {
  dropped: mat4x4f,
  d_dots: mat4x4f,
}

fn pair_row(dots: vec4f, d_weights: vec4f, head: Head, i: u32, j: u32) -> Pairs {
  if (i >= params.queries) {
    return Pairs();
  }
  return pairs_of(dots, d_weights, head, i, j);
}

fn pair_block(dots: mat4x4f, d_weights: mat4x4f, head: Head, i: u32, j: u32) -> PairBlock {
  let a = pair_row(dots[0], d_weights[0], head, i, j);
  let b = pair_row(dots[1], d_weights[1], head, i + 1u, j);
  let c = pair_row(dots[2], d_weights[2], head, i + 2u, j);
  let d = pair_row(dots[3], d_weights[3], head, i + 3u, j);
  return PairBlock(
    mat4x4f(a.dropped, b.dropped, c.dropped, d.dropped),
    mat4x4f(a.d_dots, b.d_dots, c.d_dots, d.d_dots),
  );
}
