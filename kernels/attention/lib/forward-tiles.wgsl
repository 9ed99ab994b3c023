// The forward pass of attention by tiles: online softmax. What is summed up are the rows of v times the weights. Barriers: two
// in each tile and one at the end.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022; T. Dao, "FlashAttention-2", 2023.
//
// @use attention/lib/workgroup.wgsl
// @use attention/lib/forward-operands.wgsl

const SUMMED: u32 = VALUES;

// Of the two rows of scores that a thread keeps the largest so far and the sum of weights; of the four that it sums up the factor
// for what was summed before.
struct State {
  largest: vec2f,
  total: vec2f,
  shrink: vec4f,
}

var<workgroup> row_largest: array<f32, TILE * 8u>;
var<workgroup> row_sum: array<f32, TILE * 8u>;
var<workgroup> row_factor: array<f32, TILE>;

fn largest_of(row: u32) -> f32 {
  let at = min(row, TILE - 1u) * 8u;
  var result = row_largest[at];
  for (var n = 1u; n < 8u; n++) {
    result = max(result, row_largest[at + n]);
  }
  return result;
}

fn sum_of(row: u32) -> f32 {
  let at = min(row, TILE - 1u) * 8u;
  var result = 0.0;
  for (var n = 0u; n < 8u; n++) {
    result += row_sum[at + n];
  }
  return result;
}

fn factors_at(row_part: u32) -> vec4f {
  let row = min(row_part, 7u) * 4u;
  return vec4f(row_factor[row], row_factor[row + 1u], row_factor[row + 2u], row_factor[row + 3u]);
}

fn keep_factors(at: Place, factors: vec2f) {
  if (at.part == 0u) {
    row_factor[score_row(at)] = factors.x;
    row_factor[score_row(at) + 1u] = factors.y;
  }
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
  return State(vec2f(HIDDEN), vec2f(), vec4f());
}

// The weights of a tile into p_tile: maxima and sums of its rows over 8 threads.
fn weigh(before: State, head: Head, kv_head: u32, first_query: u32, first: u32, local: u32) -> State {
  let at = place_of(local);
  let row = score_row(at);
  let i = first_query + row;
  let j = first + at.part * 4u;
  let dots = tile_of(SCORES, local, queries_at(SCORES, head.z), first_query, keys_at(SCORES, kv_head), first);
  // Queries past the edge have the scores of the last one; they are not stored.
  let last = params.queries - 1u;
  let s0 = scores_of(dots[0], head, min(i, last), j);
  let s1 = scores_of(dots[1], head, min(i + 1u, last), j);
  let eighth = row * 8u + min(at.part, 7u);
  row_largest[eighth] = widest(s0);
  row_largest[eighth + 8u] = widest(s1);
  workgroupBarrier();
  let next = max(before.largest, vec2f(largest_of(row), largest_of(row + 1u)));
  let shrink = exp(before.largest - next);
  let p0 = weights_of(s0, next.x);
  let p1 = weights_of(s1, next.y);
  row_sum[eighth] = total_of(p0);
  row_sum[eighth + 8u] = total_of(p1);
  keep_factors(at, shrink);
  keep_rows(at, mat2x4f(p0 * kept(head, i, j), p1 * kept(head, i + 1u, j)));
  workgroupBarrier();
  let total = before.total * shrink + vec2f(sum_of(row), sum_of(row + 1u));
  return State(next, total, factors_at(at.row_part));
}

fn query_is_blind(head: Head, i: u32, total: f32) -> bool {
  return is_zero(total) && !(i < params.queries && sees_any(head, i));
}

// One over the sums of weights of the four rows that a thread sums up, 0 of those that see nothing. Writes lse.
fn factors_of(state: State, head: Head, first_query: u32, local: u32) -> vec4f {
  let at = place_of(local);
  let i = first_query + score_row(at);
  if (at.part == 0u) {
    var factors = 1.0 / state.total;
    for (var r = 0u; r < 2u; r++) {
      let blind = query_is_blind(head, i + r, state.total[r]);
      factors[r] = select(factors[r], 0.0, blind);
      if (i + r < params.queries) {
        lse[params.lse_offset + head.z * params.queries + i + r] = select(
          logsumexp_of(state.largest[r], state.total[r]), 0.0, blind
        );
      }
    }
    keep_factors(at, factors);
  }
  workgroupBarrier();
  return factors_at(at.row_part);
}

fn result_at(z: u32) -> u32 {
  return params.y_offset / 4u + z * params.queries * (params.value_dim / 4u);
}

fn keep_result(at: u32, x: vec4f) {
  y[at] = x;
}
