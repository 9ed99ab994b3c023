// Gradients of attention with respect to q, k and v in one pass, in registers. Made for software adapters: no workgroup
// memory, no barriers. The scores are worked out once where attention_queries_backward and attention_keys_backward each do
// it: 5 products of queries, keys and dim instead of 7.
//
//   p = e^(score - lse)      ds = scale · p ∘ (kept ∘ (d_y · vᵀ) - delta)
//   d_v = (kept ∘ p)ᵀ · d_y      d_k = dsᵀ · q      d_q = ds · k
//
// q, d_y  [batch, num_heads, queries, dim]
// k, v    [batch, kv_heads, keys, dim]; num_heads / kv_heads query heads read the same one
// stats   [batch, num_heads, queries, 2]: lse and delta (attention_delta)
// bias, control: see lib/attention.wgsl
// d_all   d_k and d_v, [2, batch, kv_heads, keys, dim]; behind them d_q as one summand for each part of the keys,
//         [parts, batch, num_heads, queries, dim], to be added up afterwards
//
// Blocks of 16 keys go round the parts: part p owns the blocks p, p + parts, p + 2 · parts, … of each head. One thread owns
// one part of one k/v head: for each of its blocks it goes through the queries 16 at a time, works out the 16 × 16 weights
// and gradients of scores, and adds what they give to d_v, d_k and its own d_q. It does its blocks number first_block to
// first_block + block_count - 1, so that long work can be cut into dispatches, in that order; the first clears its d_q.
// Dispatch ceil(batch · kv_heads · parts / 4) workgroups, folded. The order of the sums is fixed.
// Preconditions: dim is even. No barriers. d_all aliases nothing.
//
// Measured on SwiftShader, 4 heads of 64, N 512, 8 parts, CPU time beside the two separate kernels, interleaved: 385 against
// 671 ms; causal 242 against 353 ms. Compiling takes 1.3 s against 2.1 s.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4, with the keys outside; without its atomics on d_q.
//
// @use lib/attention-blocks.wgsl

struct Params {
  batch_size: u32,
  num_heads: u32,
  kv_heads: u32,
  queries: u32,
  keys: u32,
  dim: u32,
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

// From the products of a block: its weights after dropout, and the gradients of its scores.
fn weigh(head: Head, row: u32, key: u32) {
  for (var n = 0u; n < SIDE * SIDE / 4u; n++) {
    let m = n / 4u;
    let r = n % 4u;
    let i = row + m / 4u * 4u + r;
    let j = key + m % 4u * 4u;
    var dropped = vec4f();
    var d_dots = vec4f();
    // Queries past the edge add nothing.
    if (i < params.queries) {
      let at = params.stats_offset + 2u * (head.z * params.queries + i);
      let scores = scores_of(weights[m][r], head, i, j);
      let p = select(vec4f(), exp(scores - stats[at]), scores > vec4f(HIDDEN_BELOW));
      let factors = kept(head, i, j);
      dropped = p * factors;
      d_dots = p * (factors * d_scores[m][r] - stats[at + 1u]) * params.scale;
    }
    weights[m][r] = dropped;
    d_scores[m][r] = d_dots;
  }
}

// One after the other: rows past the edge are the last one again, and add 0 to it.
fn add(at: vec4u, x: vec4f) {
  d_all[at.x] += x.x;
  d_all[at.y] += x.y;
  d_all[at.z] += x.z;
  d_all[at.w] += x.w;
}

// What a block adds to each gradient; rows without the base of their tensor.
fn add_block(queries: Rows, keys: Rows, q_base: u32, d_y_base: u32, k_base: u32, d_k_base: u32, d_v_base: u32, d_q_base: u32) {
  for (var d = 0u; d < params.dim; d++) {
    let y0 = d_y_at(d_y_base + queries[0] + d);
    let y1 = d_y_at(d_y_base + queries[1] + d);
    let y2 = d_y_at(d_y_base + queries[2] + d);
    let y3 = d_y_at(d_y_base + queries[3] + d);
    add(d_v_base + keys[0] + d, weights[0] * y0 + weights[4] * y1 + weights[8] * y2 + weights[12] * y3);
    add(d_v_base + keys[1] + d, weights[1] * y0 + weights[5] * y1 + weights[9] * y2 + weights[13] * y3);
    add(d_v_base + keys[2] + d, weights[2] * y0 + weights[6] * y1 + weights[10] * y2 + weights[14] * y3);
    add(d_v_base + keys[3] + d, weights[3] * y0 + weights[7] * y1 + weights[11] * y2 + weights[15] * y3);
    let q0 = q_at(q_base + queries[0] + d);
    let q1 = q_at(q_base + queries[1] + d);
    let q2 = q_at(q_base + queries[2] + d);
    let q3 = q_at(q_base + queries[3] + d);
    add(d_k_base + keys[0] + d, d_scores[0] * q0 + d_scores[4] * q1 + d_scores[8] * q2 + d_scores[12] * q3);
    add(d_k_base + keys[1] + d, d_scores[1] * q0 + d_scores[5] * q1 + d_scores[9] * q2 + d_scores[13] * q3);
    add(d_k_base + keys[2] + d, d_scores[2] * q0 + d_scores[6] * q1 + d_scores[10] * q2 + d_scores[14] * q3);
    add(d_k_base + keys[3] + d, d_scores[3] * q0 + d_scores[7] * q1 + d_scores[11] * q2 + d_scores[15] * q3);
    let k0 = k_at(k_base + keys[0] + d);
    let k1 = k_at(k_base + keys[1] + d);
    let k2 = k_at(k_base + keys[2] + d);
    let k3 = k_at(k_base + keys[3] + d);
    add(d_q_base + queries[0] + d, k0 * d_scores[0] + k1 * d_scores[1] + k2 * d_scores[2] + k3 * d_scores[3]);
    add(d_q_base + queries[1] + d, k0 * d_scores[4] + k1 * d_scores[5] + k2 * d_scores[6] + k3 * d_scores[7]);
    add(d_q_base + queries[2] + d, k0 * d_scores[8] + k1 * d_scores[9] + k2 * d_scores[10] + k3 * d_scores[11]);
    add(d_q_base + queries[3] + d, k0 * d_scores[12] + k1 * d_scores[13] + k2 * d_scores[14] + k3 * d_scores[15]);
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
  let k_base = params.k_offset + start;
  let v_base = params.v_offset + start;
  let kv_size = params.batch_size * params.kv_heads * params.keys * params.dim;
  let d_k_base = params.d_all_offset + start;
  let d_v_base = d_k_base + kv_size;
  let group = params.num_heads / params.kv_heads;
  let head_size = params.queries * params.dim;
  let d_q_start = params.d_all_offset + 2u * kv_size
    + (part * params.batch_size * params.num_heads + kv_head * group) * head_size;
  if (params.first_block == 0u) {
    for (var n = 0u; n < group * head_size; n++) {
      d_all[d_q_start + n] = 0.0;
    }
  }

  for (var block = params.first_block; block < params.first_block + params.block_count; block++) {
    let key = (block * params.parts + part) * SIDE;
    for (var n = key * params.dim; n < min(key + SIDE, params.keys) * params.dim; n++) {
      d_all[d_k_base + n] = 0.0;
      d_all[d_v_base + n] = 0.0;
    }
    for (var g = 0u; g < group; g++) {
      let head = head_of(kv_head * group + g);
      if (key >= head.end) {
        continue;
      }
      let q_base = params.q_offset + head.z * head_size;
      let d_y_base = params.d_y_offset + head.z * head_size;
      let keys = rows_from(0u, key, params.keys - 1u);
      for (var row = first_query_for(key) / SIDE * SIDE; row < params.queries; row += SIDE) {
        multiply_q_k(rows_from(q_base, row, params.queries - 1u), rows_from(k_base, key, params.keys - 1u));
        multiply_d_y_v(rows_from(d_y_base, row, params.queries - 1u), rows_from(v_base, key, params.keys - 1u));
        weigh(head, row, key);
        let queries = rows_from(0u, row, params.queries - 1u);
        add_block(queries, keys, q_base, d_y_base, k_base, d_k_base, d_v_base, d_q_start + g * head_size);
      }
    }
  }
}
