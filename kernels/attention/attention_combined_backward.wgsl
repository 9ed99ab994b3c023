// Gradients of attention with respect to q, k and v in one pass, in registers. Made for software adapters: no workgroup
// memory, no barriers. The scores are worked out once where attention_queries_backward and attention_keys_backward each do
// it: 5 products of queries, keys and dim instead of 7.
//
//   p = e^(score - lse)      ds = scale · p ∘ (kept ∘ (d_y · vᵀ) - delta)
//   d_v = (kept ∘ p)ᵀ · d_y      d_k = dsᵀ · q      d_q = ds · k
//
// q       [batch, num_heads, queries, dim]; d_y with value_dim
// k       [batch, kv_heads, keys, dim]; v with value_dim; num_heads / kv_heads query heads read the same one
// stats   [batch, num_heads, queries, 2]: lse and delta (attention_delta)
// bias, control: see attention/lib/attention.wgsl
// d_all   d_k, d_v, as k and v are; behind them d_q as one summand for each part of the keys,
//         [parts, batch, num_heads, queries, dim], to be added up afterwards
//
// Blocks of 16 keys go round the parts: part p owns the blocks p, p + parts, p + 2 · parts, … of each head. One thread owns
// one part of one k/v head: for each of its blocks it goes through the queries 16 at a time, works out the 16 × 16 weights
// and gradients of scores, and adds what they give to d_v, d_k and its own d_q. It does its blocks number first_block to
// first_block + block_count - 1, so that long work can be cut into dispatches, in that order; the first clears its d_q.
// Dispatch ceil(batch · kv_heads · parts / 4) workgroups, folded. The order of the sums is fixed.
// Preconditions: dim and value_dim are even. No barriers. d_all aliases nothing.
//
// Measured on SwiftShader, 4 heads of 64, N 512, 8 parts, CPU time beside the two separate kernels, interleaved: 385 against
// 671 ms; causal 242 against 353 ms. Compiling takes 1.3 s against 2.1 s.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4, with the keys outside; without its atomics on d_q.
//
// @software
// @use attention/lib/blocks.wgsl

struct Params {
  batch_size: u32,
  num_heads: u32,
  kv_heads: u32,
  queries: u32,
  keys: u32,
  dim: u32,
  value_dim: u32,
  parts: u32,
  first_block: u32,
  block_count: u32,
  causal: u32,
  has_lengths: u32,
  has_bias: u32,
  bias_stride_batch: u32,
  bias_stride_head: u32,
  alibi_heads: u32,
  scale: f32,
  softcap: f32,
  rate: f32,
  q_offset: u32,
  k_offset: u32,
  v_offset: u32,
  d_y_offset: u32,
  stats_offset: u32,
  bias_offset: u32,
  control_offset: u32,
  d_all_offset: u32,
}

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> d_y: array<f32>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> control: array<u32>;
@group(0) @binding(7) var<storage, read_write> d_all: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

const WORKGROUP_SIZE: u32 = 4;

// From the products of a block: its weights after dropout, and the gradients of its inner products.
fn weigh(head: Head, row: u32, key: u32) {
  for (var n = 0u; n < SIDE * SIDE / 4u; n++) {
    let m = n / 4u;
    let r = n % 4u;
    let i = row + m / 4u * 4u + r;
    var pairs = Pairs();
    // Queries past the edge add nothing.
    if (i < params.queries) {
      pairs = pairs_of(weights[m][r], d_scores[m][r], head, i, key + m % 4u * 4u);
    }
    weights[m][r] = pairs.dropped;
    d_scores[m][r] = pairs.d_dots;
  }
}

// One after the other: rows past the edge are the last one again, and add 0 to it.
fn add(at: vec4u, x: vec4f) {
  d_all[at.x] += x.x;
  d_all[at.y] += x.y;
  d_all[at.z] += x.z;
  d_all[at.w] += x.w;
}

// Where a block's queries and keys begin, and the tensors of its heads.
struct Block {
  head: Head,
  row: u32,
  key: u32,
  // whether a pair of it may be hidden
  hiding: bool,
  q_base: u32,
  d_y_base: u32,
  k_base: u32,
  d_k_base: u32,
  d_v_base: u32,
  d_q_base: u32,
}

// What a block adds to d_v; rows without the base of their tensor.
fn add_to_v(block: Block, queries: Rows, keys: Rows) {
  for (var d = 0u; d < params.value_dim; d++) {
    let y0 = d_y_at(block.d_y_base + queries[0] + d);
    let y1 = d_y_at(block.d_y_base + queries[1] + d);
    let y2 = d_y_at(block.d_y_base + queries[2] + d);
    let y3 = d_y_at(block.d_y_base + queries[3] + d);
    let base = block.d_v_base + d;
    let first = weights[0] * y0 + weights[4] * y1 + weights[8] * y2 + weights[12] * y3;
    // what is not finite shows in every row
    if (block.hiding && not_finite(first)) {
      add_seen(block, d, true);
      continue;
    }
    add(base + keys[0], first);
    add(base + keys[1], weights[1] * y0 + weights[5] * y1 + weights[9] * y2 + weights[13] * y3);
    add(base + keys[2], weights[2] * y0 + weights[6] * y1 + weights[10] * y2 + weights[14] * y3);
    add(base + keys[3], weights[3] * y0 + weights[7] * y1 + weights[11] * y2 + weights[15] * y3);
  }
}

// The same of d_k and d_q.
fn add_to_k_q(block: Block, queries: Rows, keys: Rows) {
  for (var d = 0u; d < params.dim; d++) {
    let q0 = q_at(block.q_base + queries[0] + d);
    let q1 = q_at(block.q_base + queries[1] + d);
    let q2 = q_at(block.q_base + queries[2] + d);
    let q3 = q_at(block.q_base + queries[3] + d);
    let k0 = k_at(block.k_base + keys[0] + d);
    let k1 = k_at(block.k_base + keys[1] + d);
    let k2 = k_at(block.k_base + keys[2] + d);
    let k3 = k_at(block.k_base + keys[3] + d);
    let to_k = block.d_k_base + d;
    let to_q = block.d_q_base + d;
    let first_k = d_scores[0] * q0 + d_scores[4] * q1 + d_scores[8] * q2 + d_scores[12] * q3;
    let first_q = k0 * d_scores[0] + k1 * d_scores[1] + k2 * d_scores[2] + k3 * d_scores[3];
    if (block.hiding && (not_finite(first_k) || not_finite(first_q))) {
      add_seen(block, d, false);
      continue;
    }
    add(to_k + keys[0], first_k);
    add(to_k + keys[1], d_scores[1] * q0 + d_scores[5] * q1 + d_scores[9] * q2 + d_scores[13] * q3);
    add(to_k + keys[2], d_scores[2] * q0 + d_scores[6] * q1 + d_scores[10] * q2 + d_scores[14] * q3);
    add(to_k + keys[3], d_scores[3] * q0 + d_scores[7] * q1 + d_scores[11] * q2 + d_scores[15] * q3);
    add(to_q + queries[0], first_q);
    add(to_q + queries[1], k0 * d_scores[4] + k1 * d_scores[5] + k2 * d_scores[6] + k3 * d_scores[7]);
    add(to_q + queries[2], k0 * d_scores[8] + k1 * d_scores[9] + k2 * d_scores[10] + k3 * d_scores[11]);
    add(to_q + queries[3], k0 * d_scores[12] + k1 * d_scores[13] + k2 * d_scores[14] + k3 * d_scores[15]);
  }
}

// What the pairs of a block that are seen add to element d of d_v, or else of d_k and d_q.
fn add_seen(block: Block, d: u32, to_v: bool) {
  for (var n = 0u; n < SIDE * SIDE / 4u; n++) {
    let m = n / 4u;
    let i = block.row + m / 4u * 4u + n % 4u;
    let j = block.key + m % 4u * 4u;
    let seen = sees(block.head, i, j);
    let dropped = weights[m][n % 4u];
    let d_dots = d_scores[m][n % 4u];
    for (var e = 0u; e < 4u; e++) {
      if (seen[e] && to_v) {
        let gradient = d_y[block.d_y_base + i * params.value_dim + d];
        d_all[block.d_v_base + (j + e) * params.value_dim + d] += dropped[e] * gradient;
      } else if (seen[e]) {
        d_all[block.d_k_base + (j + e) * params.dim + d] += d_dots[e] * q[block.q_base + i * params.dim + d];
        d_all[block.d_q_base + i * params.dim + d] += d_dots[e] * k[block.k_base + (j + e) * params.dim + d];
      }
    }
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3<u32>,
  @builtin(num_workgroups) num_workgroups: vec3<u32>,
  @builtin(local_invocation_index) local_index: u32,
) {
  let index = (workgroup_id.x + workgroup_id.y * num_workgroups.x) * WORKGROUP_SIZE + local_index;
  let part = index % params.parts;
  let kv_head = index / params.parts;
  if (kv_head >= params.batch_size * params.kv_heads) {
    return;
  }
  let start = kv_head * params.keys * params.dim;
  let v_start = kv_head * params.keys * params.value_dim;
  let k_base = params.k_offset + start;
  let v_base = params.v_offset + v_start;
  let rows = params.batch_size * params.kv_heads * params.keys;
  let d_k_base = params.d_all_offset + start;
  let d_v_base = params.d_all_offset + rows * params.dim + v_start;
  let group = params.num_heads / params.kv_heads;
  let head_size = params.queries * params.dim;
  let d_q_start = params.d_all_offset + rows * (params.dim + params.value_dim)
    + (part * params.batch_size * params.num_heads + kv_head * group) * head_size;
  if (params.first_block == 0u) {
    for (var n = 0u; n < group * head_size; n++) {
      d_all[d_q_start + n] = 0.0;
    }
  }

  let last_query = params.queries - 1u;
  let last_key = params.keys - 1u;
  for (var number = params.first_block; number < params.first_block + params.block_count; number++) {
    let key = (number * params.parts + part) * SIDE;
    for (var n = key * params.dim; n < min(key + SIDE, params.keys) * params.dim; n++) {
      d_all[d_k_base + n] = 0.0;
    }
    for (var n = key * params.value_dim; n < min(key + SIDE, params.keys) * params.value_dim; n++) {
      d_all[d_v_base + n] = 0.0;
    }
    for (var g = 0u; g < group; g++) {
      let head = head_of(kv_head * group + g);
      if (key >= head.end) {
        continue;
      }
      let q_base = params.q_offset + head.z * head_size;
      let d_y_base = params.d_y_offset + head.z * params.queries * params.value_dim;
      for (var row = first_query_for(head, key) / SIDE * SIDE; row < params.queries; row += SIDE) {
        multiply_q_k(rows_from(q_base, row, last_query, params.dim), rows_from(k_base, key, last_key, params.dim));
        multiply_d_y_v(
          rows_from(d_y_base, row, last_query, params.value_dim),
          rows_from(v_base, key, last_key, params.value_dim),
        );
        weigh(head, row, key);
        let hiding = row + SIDE > params.queries || may_hide(head, row, key + SIDE);
        let d_q_base = d_q_start + g * head_size;
        let block = Block(head, row, key, hiding, q_base, d_y_base, k_base, d_k_base, d_v_base, d_q_base);
        add_to_v(
          block,
          rows_from(0u, row, last_query, params.value_dim),
          rows_from(0u, key, last_key, params.value_dim),
        );
        add_to_k_q(block, rows_from(0u, row, last_query, params.dim), rows_from(0u, key, last_key, params.dim));
      }
    }
  }
}
