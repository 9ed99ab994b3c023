// The forward pass of attention by tiles: online softmax. What is summed up are the rows of v times the weights. Barriers: two
// in each tile.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022; T. Dao, "FlashAttention-2", 2023.
//
// @use attention/lib/workgroup.wgsl
// @use attention/lib/forward-operands.wgsl

const SUMMED: u32 = VALUES;

// Of a thread's four queries: the largest score so far, the sum of weights, the factor for what was summed before.
struct State {
  largest: vec4f,
  total: vec4f,
  shrink: vec4f,
}

var<workgroup> row_largest: array<f32, TILE * 8u>;
var<workgroup> row_sum: array<f32, TILE * 8u>;

fn largest_of(row: u32) -> f32 {
  var result = row_largest[row * 8u];
  for (var n = 1u; n < 8u; n++) {
    result = max(result, row_largest[row * 8u + n]);
  }
  return result;
}

fn sum_of(row: u32) -> f32 {
  var result = 0.0;
  for (var n = 0u; n < 8u; n++) {
    result += row_sum[row * 8u + n];
  }
  return result;
}

fn widest(x: vec4f) -> f32 {
  return max(max(x.x, x.y), max(x.z, x.w));
}

fn total_of(x: vec4f) -> f32 {
  return x.x + x.y + x.z + x.w;
}

fn scaled(x: mat4x4f, factors: vec4f) -> mat4x4f {
  return mat4x4f(x[0] * factors.x, x[1] * factors.y, x[2] * factors.z, x[3] * factors.w);
}

fn shrunk(sums: mat4x4f, state: State) -> mat4x4f {
  return scaled(sums, state.shrink);
}

fn begin() -> State {
  return State(vec4f(HIDDEN), vec4f(), vec4f());
}

// The weights of a tile into p_tile: maxima and sums of its rows over 8 threads.
fn weigh(before: State, head: Head, kv_head: u32, first_query: u32, first: u32, local: u32) -> State {
  let row_part = local / 8u;
  let part = local % 8u;
  let row = row_part * 4u;
  let i = first_query + row;
  let j = first + part * 4u;
  let dots = tile_of(
    SCORES, local, queries_at(SCORES, head.z), first_query, keys_at(SCORES, kv_head), first, row_part, part
  );
  // Queries past the edge have the scores of the last one; they are not stored.
  let last = params.queries - 1u;
  let s0 = scores_of(dots[0], head, min(i, last), j);
  let s1 = scores_of(dots[1], head, min(i + 1u, last), j);
  let s2 = scores_of(dots[2], head, min(i + 2u, last), j);
  let s3 = scores_of(dots[3], head, min(i + 3u, last), j);
  let at = row * 8u + part;
  row_largest[at] = widest(s0);
  row_largest[at + 8u] = widest(s1);
  row_largest[at + 16u] = widest(s2);
  row_largest[at + 24u] = widest(s3);
  workgroupBarrier();
  let block_largest = vec4f(largest_of(row), largest_of(row + 1u), largest_of(row + 2u), largest_of(row + 3u));
  let next = max(before.largest, block_largest);
  let shrink = exp(before.largest - next);
  let p0 = weights_of(s0, next.x);
  let p1 = weights_of(s1, next.y);
  let p2 = weights_of(s2, next.z);
  let p3 = weights_of(s3, next.w);
  row_sum[at] = total_of(p0);
  row_sum[at + 8u] = total_of(p1);
  row_sum[at + 16u] = total_of(p2);
  row_sum[at + 24u] = total_of(p3);
  let dropped = mat4x4f(
    p0 * kept(head, i, j),
    p1 * kept(head, i + 1u, j),
    p2 * kept(head, i + 2u, j),
    p3 * kept(head, i + 3u, j),
  );
  keep_rows(row_part, part, dropped);
  workgroupBarrier();
  let sum = vec4f(sum_of(row), sum_of(row + 1u), sum_of(row + 2u), sum_of(row + 3u));
  return State(next, before.total * shrink + sum, shrink);
}

fn factors_of(state: State, head: Head, i: u32) -> vec4f {
  var factors = 1.0 / state.total;
  for (var r = 0u; r < 4u; r++) {
    if (is_zero(state.total[r]) && !(i + r < params.queries && sees_any(head, i + r))) {
      factors[r] = 0.0;
    }
  }
  return factors;
}

fn result_at(z: u32) -> u32 {
  return params.y_offset / 4u + z * params.queries * (params.value_dim / 4u);
}

fn keep_result(at: u32, x: vec4f) {
  y[at] = x;
}

fn finish(state: State, factors: vec4f, head: Head, i: u32) {
  for (var r = 0u; r < 4u; r++) {
    if (i + r < params.queries) {
      // the factor is 0 where nothing is seen
      lse[params.lse_offset + head.z * params.queries + i + r] = select(
        logsumexp_of(state.largest[r], state.total[r]), 0.0, is_zero(factors[r]) && is_zero(state.total[r])
      );
    }
  }
}
