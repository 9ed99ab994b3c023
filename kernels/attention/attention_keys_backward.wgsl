// Gradients of attention with respect to k and v, in registers. Made for software adapters: no workgroup memory, no
// barriers.
//
//   d_v[j] = Σ_i kept[i, j] · p[i, j] · d_y[i]      d_k[j] = Σ_i ds[i, j] · q[i]
//   ds = scale · p ∘ (kept ∘ (d_y · vᵀ) - delta)     p = e^(score - lse), worked out again
//
// over the queries i of all num_heads / kv_heads heads that read the same k and v.
//
// q       [batch, num_heads, queries, dim]; d_y with value_dim
// k       [batch, kv_heads, keys, dim]; v with value_dim
// stats   [batch, num_heads, queries, 2]: lse and delta (attention_delta)
// bias, control: see attention/lib/attention.wgsl
// d_kv    that of k, as k is, then that of v
//
// One thread owns 8 keys of one k/v head and goes through the queries in blocks of 32: 8 × 8 scores and gradients of
// weights at a time, kept in private memory; then it adds to d_v and d_k, 8 × 8 elements at a time. A query head after
// the other, so the order of the sums is fixed.
// ceil(keys / 8) row blocks, of which a dispatch does row_blocks from first_block on;
// dispatch ceil(batch · kv_heads · row_blocks / 4) workgroups, folded.
// Measured on SwiftShader, 4 heads of 64, N 512, forward and both backward kernels, CPU time beside the naive form: 733
// against 600 ms (nine products for its six, the scores being worked out three times), causal 452 against 990 ms.
// Preconditions: dim and value_dim are multiples of 8, offsets of q, k, v, d_y and d_kv of 4. No barriers. d_kv aliases nothing.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4; a kernel for k and v alone needs no atomics.
//
// @use attention/lib/gradients.wgsl
// @use attention/lib/keys-backward-operands.wgsl

const WORKGROUP_SIZE: u32 = 4;
const BLOCK: u32 = 32;

// Inner products, then weights; gradients of weights, then of scores: of each query with 8 keys.
var<private> weights: array<vec4f, 2u * BLOCK>;
var<private> d_scores: array<vec4f, 2u * BLOCK>;

fn keep(at: u32, dots: mat4x4f, gradients: mat4x4f) {
  weights[at] = dots[0];
  weights[at + 2u] = dots[1];
  weights[at + 4u] = dots[2];
  weights[at + 6u] = dots[3];
  d_scores[at] = gradients[0];
  d_scores[at + 2u] = gradients[1];
  d_scores[at + 4u] = gradients[2];
  d_scores[at + 6u] = gradients[3];
}

fn add_row(key: u32, base: u32, width: u32, left: vec4f, right: vec4f) {
  if (key < params.keys) {
    let at = base + key * width;
    d_kv[at] += left;
    d_kv[at + 1u] += right;
  }
}

fn add_rows(key: u32, base: u32, width: u32, sums: Tile) {
  add_row(key, base, width, sums.top_left[0], sums.top_right[0]);
  add_row(key + 1u, base, width, sums.top_left[1], sums.top_right[1]);
  add_row(key + 2u, base, width, sums.top_left[2], sums.top_right[2]);
  add_row(key + 3u, base, width, sums.top_left[3], sums.top_right[3]);
  add_row(key + 4u, base, width, sums.bottom_left[0], sums.bottom_right[0]);
  add_row(key + 5u, base, width, sums.bottom_left[1], sums.bottom_right[1]);
  add_row(key + 6u, base, width, sums.bottom_left[2], sums.bottom_right[2]);
  add_row(key + 7u, base, width, sums.bottom_left[3], sums.bottom_right[3]);
}

// What is not finite shows in every row.
fn is_hurt(hiding: bool, sums: Tile) -> bool {
  return hiding && (not_finite(sums.top_left[0]) || not_finite(sums.top_right[0]));
}

// Adds what the queries of a block give to 8 elements of each key's d_v.
fn add_to_v(head: Head, first: u32, queries: u32, key: u32, d: u32, hiding: bool, base: u32) {
  let v4 = params.value_dim / 4u;
  let d_y_base = params.d_y_offset / 4u + head.z * params.queries * v4 + d;
  var sums = Tile();
  for (var n = 0u; n < queries; n += 4u) {
    // Queries past the edge have the weight 0; they read the last row.
    let at = d_y_base + min(first + n + vec4u(0, 1, 2, 3), vec4u(params.queries - 1u)) * v4;
    let left = mat4x4f(d_y[at.x], d_y[at.y], d_y[at.z], d_y[at.w]);
    let right = mat4x4f(d_y[at.x + 1u], d_y[at.y + 1u], d_y[at.z + 1u], d_y[at.w + 1u]);
    let w = 2u * n;
    let top = transpose(mat4x4f(weights[w], weights[w + 2u], weights[w + 4u], weights[w + 6u]));
    let bottom = transpose(mat4x4f(weights[w + 1u], weights[w + 3u], weights[w + 5u], weights[w + 7u]));
    sums.top_left += left * top;
    sums.top_right += right * top;
    sums.bottom_left += left * bottom;
    sums.bottom_right += right * bottom;
  }
  if (!is_hurt(hiding, sums)) {
    add_rows(key, base + d, v4, sums);
    return;
  }
  for (var n = 0u; n < 2u * queries; n++) {
    let i = first + n / 2u;
    let j = key + n % 2u * 4u;
    let seen = sees(head, i, j);
    for (var e = 0u; e < 4u; e++) {
      if (seen[e]) {
        let at = d_y_base + i * v4;
        add_row(j + e, base + d, v4, weights[n][e] * d_y[at], weights[n][e] * d_y[at + 1u]);
      }
    }
  }
}

// The same of d_k.
fn add_to_k(head: Head, first: u32, queries: u32, key: u32, d: u32, hiding: bool, base: u32) {
  let d4 = params.dim / 4u;
  let q_base = params.q_offset / 4u + head.z * params.queries * d4 + d;
  var sums = Tile();
  for (var n = 0u; n < queries; n += 4u) {
    let at = q_base + min(first + n + vec4u(0, 1, 2, 3), vec4u(params.queries - 1u)) * d4;
    let left = mat4x4f(q[at.x], q[at.y], q[at.z], q[at.w]);
    let right = mat4x4f(q[at.x + 1u], q[at.y + 1u], q[at.z + 1u], q[at.w + 1u]);
    let w = 2u * n;
    let top = transpose(mat4x4f(d_scores[w], d_scores[w + 2u], d_scores[w + 4u], d_scores[w + 6u]));
    let bottom = transpose(mat4x4f(d_scores[w + 1u], d_scores[w + 3u], d_scores[w + 5u], d_scores[w + 7u]));
    sums.top_left += left * top;
    sums.top_right += right * top;
    sums.bottom_left += left * bottom;
    sums.bottom_right += right * bottom;
  }
  if (!is_hurt(hiding, sums)) {
    add_rows(key, base + d, d4, sums);
    return;
  }
  for (var n = 0u; n < 2u * queries; n++) {
    let i = first + n / 2u;
    let j = key + n % 2u * 4u;
    let seen = sees(head, i, j);
    for (var e = 0u; e < 4u; e++) {
      if (seen[e]) {
        let at = q_base + i * d4;
        add_row(j + e, base + d, d4, d_scores[n][e] * q[at], d_scores[n][e] * q[at + 1u]);
      }
    }
  }
}

// Scores and their gradients of up to 32 queries with 8 keys.
fn weigh(head: Head, first: u32, queries: u32, key: u32, k_base: u32, v_base: u32) {
  let d4 = params.dim / 4u;
  let q_base = params.q_offset / 4u + head.z * params.queries * d4;
  let d_y_base = params.d_y_offset / 4u + head.z * params.queries * (params.value_dim / 4u);
  for (var n = 0u; n < queries; n += ROWS) {
    let dots = q_times_k(q_base, first + n, k_base, key);
    let gradients = d_y_times_v(d_y_base, first + n, v_base, key);
    keep(2u * n, dots.top_left, gradients.top_left);
    keep(2u * n + 1u, dots.top_right, gradients.top_right);
    keep(2u * n + 8u, dots.bottom_left, gradients.bottom_left);
    keep(2u * n + 9u, dots.bottom_right, gradients.bottom_right);
  }
  for (var n = 0u; n < 2u * queries; n++) {
    let i = first + n / 2u;
    var pairs = Pairs();
    if (i < params.queries) {
      pairs = pairs_of(weights[n], d_scores[n], head, i, key + n % 2u * 4u);
    }
    weights[n] = pairs.dropped;
    d_scores[n] = pairs.d_dots;
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3<u32>,
  @builtin(num_workgroups) num_workgroups: vec3<u32>,
  @builtin(local_invocation_index) local_index: u32,
) {
  let index = (workgroup_id.x + workgroup_id.y * num_workgroups.x) * WORKGROUP_SIZE + local_index;
  let key = (params.first_block + index % params.row_blocks) * ROWS;
  let kv_head = index / params.row_blocks;
  if (kv_head >= params.batch_size * params.kv_heads) {
    return;
  }
  let d4 = params.dim / 4u;
  let v4 = params.value_dim / 4u;
  let start = kv_head * params.keys * d4;
  let v_start = kv_head * params.keys * v4;
  let d_k_base = params.d_kv_offset / 4u + start;
  let d_v_base = params.d_kv_offset / 4u + params.batch_size * params.kv_heads * params.keys * d4 + v_start;
  for (var at = key * d4; at < min(key + ROWS, params.keys) * d4; at++) {
    d_kv[d_k_base + at] = vec4f();
  }
  for (var at = key * v4; at < min(key + ROWS, params.keys) * v4; at++) {
    d_kv[d_v_base + at] = vec4f();
  }

  let group = params.num_heads / params.kv_heads;
  for (var g = 0u; g < group; g++) {
    let head = head_of(kv_head * group + g);
    if (key >= head.end) {
      continue;
    }
    for (var first = first_query_for(head, key) / ROWS * ROWS; first < params.queries; first += BLOCK) {
      let queries = (min(BLOCK, params.queries - first) + 7u) / 8u * 8u;
      weigh(head, first, queries, key, params.k_offset / 4u + start, params.v_offset / 4u + v_start);
      let hiding = first + queries > params.queries || may_hide(head, first, key + ROWS);
      for (var d = 0u; d < v4; d += 2u) {
        add_to_v(head, first, queries, key, d, hiding, d_v_base);
      }
      for (var d = 0u; d < d4; d += 2u) {
        add_to_k(head, first, queries, key, d, hiding, d_k_base);
      }
    }
  }
}
