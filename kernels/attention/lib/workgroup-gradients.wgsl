// What the two backward kernels of attention for GPUs share.
//
// The kernel has the bindings d_y as vec4 and stats [rows, 2] beside those of attention/lib/workgroup.wgsl.
//
// @use attention/lib/pairs.wgsl
// @use attention/lib/workgroup.wgsl

fn d_y_at(base: u32, row: u32, d: u32) -> vec4f {
  if (row >= params.queries || d >= params.value_dim / 4u) {
    return vec4f();
  }
  return d_y[base + row * (params.value_dim / 4u) + d];
}

// As tile_q_k, of d_y and v: the gradients of the weights.
fn tile_d_y_v(local: u32, d_y_base: u32, first_query: u32, v_base: u32, first_key: u32, a_part: u32, b_part: u32) -> mat4x4f {
  var sums = mat4x4f();
  for (var d = 0u; d < params.value_dim / 4u; d += 8u) {
    for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
      a_tile[n / 8u * STRIDE + n % 8u] = d_y_at(d_y_base, first_query + n / 8u, d + n % 8u);
      b_tile[n / 8u * STRIDE + n % 8u] = v_at(v_base, first_key + n / 8u, d + n % 8u);
    }
    workgroupBarrier();
    sums += tile_dots(a_part, b_part);
    workgroupBarrier();
  }
  return sums;
}

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
