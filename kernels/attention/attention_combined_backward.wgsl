// Gradients of attention with respect to q, k and v in one pass, in registers. Made for software adapters: no workgroup
// memory, no barriers. The scores are worked out once where attention_queries_backward and attention_keys_backward each do
// it: 5 products of queries, keys and dim instead of 7.
//
// Formula and bindings: attention/lib/backward-operands.wgsl. gradient is d_k, d_v, and behind them d_q as one summand for each
// part of the keys, [parts, batch, num_heads, queries, dim], to be added up afterwards.
//
// Blocks of 16 keys go round the parts: part p owns the blocks p, p + parts, p + 2 · parts, … of each head. One thread owns
// one part of one k/v head: for each of its blocks it goes through the queries 16 at a time, works out the 16 × 16 weights
// and gradients of scores, and adds what they give to d_v, d_k and its own d_q. A dispatch does row_blocks of
// its blocks, from number first_block on, in that order; the first clears its d_q.
// Dispatch ceil(batch · kv_heads · parts / 4) workgroups, folded. The order of the sums is fixed.
// Preconditions: dim and value_dim are even. No barriers.
//
// Measured on SwiftShader, 4 heads of 64, N 512, 8 parts, CPU time beside the two separate kernels, interleaved: 385 against
// 671 ms; causal 242 against 353 ms. Compiling takes 1.3 s against 2.1 s.
//
// The algorithm with the keys outside, without its atomics on d_q.
//
// @software
// @use attention/lib/blocks.wgsl
// @use attention/lib/pairs.wgsl
// @use attention/lib/backward-operands.wgsl
// @use lib/by-thread.wgsl

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
  gradient[at.x] += x.x;
  gradient[at.y] += x.y;
  gradient[at.z] += x.z;
  gradient[at.w] += x.w;
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
    let y = sixteen_queries(VALUES, queries, block.d_y_base + d);
    let base = block.d_v_base + d;
    let first = weights[0] * y[0] + weights[4] * y[1] + weights[8] * y[2] + weights[12] * y[3];
    // what is not finite shows in every row
    if (block.hiding && not_finite(first)) {
      add_seen(block, d, true);
      continue;
    }
    add(base + keys[0], first);
    add(base + keys[1], weights[1] * y[0] + weights[5] * y[1] + weights[9] * y[2] + weights[13] * y[3]);
    add(base + keys[2], weights[2] * y[0] + weights[6] * y[1] + weights[10] * y[2] + weights[14] * y[3]);
    add(base + keys[3], weights[3] * y[0] + weights[7] * y[1] + weights[11] * y[2] + weights[15] * y[3]);
  }
}

// The same of d_k and d_q.
fn add_to_k_q(block: Block, queries: Rows, keys: Rows) {
  for (var d = 0u; d < params.dim; d++) {
    let q = sixteen_queries(SCORES, queries, block.q_base + d);
    let k = sixteen_keys(SCORES, keys, block.k_base + d);
    let to_k = block.d_k_base + d;
    let to_q = block.d_q_base + d;
    let first_k = d_scores[0] * q[0] + d_scores[4] * q[1] + d_scores[8] * q[2] + d_scores[12] * q[3];
    let first_q = k[0] * d_scores[0] + k[1] * d_scores[1] + k[2] * d_scores[2] + k[3] * d_scores[3];
    if (block.hiding && (not_finite(first_k) || not_finite(first_q))) {
      add_seen(block, d, false);
      continue;
    }
    add(to_k + keys[0], first_k);
    add(to_k + keys[1], d_scores[1] * q[0] + d_scores[5] * q[1] + d_scores[9] * q[2] + d_scores[13] * q[3]);
    add(to_k + keys[2], d_scores[2] * q[0] + d_scores[6] * q[1] + d_scores[10] * q[2] + d_scores[14] * q[3]);
    add(to_k + keys[3], d_scores[3] * q[0] + d_scores[7] * q[1] + d_scores[11] * q[2] + d_scores[15] * q[3]);
    add(to_q + queries[0], first_q);
    add(to_q + queries[1], k[0] * d_scores[4] + k[1] * d_scores[5] + k[2] * d_scores[6] + k[3] * d_scores[7]);
    add(to_q + queries[2], k[0] * d_scores[8] + k[1] * d_scores[9] + k[2] * d_scores[10] + k[3] * d_scores[11]);
    add(to_q + queries[3], k[0] * d_scores[12] + k[1] * d_scores[13] + k[2] * d_scores[14] + k[3] * d_scores[15]);
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
        let to = block.d_v_base + (j + e) * params.value_dim + d;
        gradient[to] += dropped[e] * d_y[block.d_y_base + i * params.value_dim + d];
      } else if (seen[e]) {
        gradient[block.d_k_base + (j + e) * params.dim + d] += d_dots[e] * q[block.q_base + i * params.dim + d];
        gradient[block.d_q_base + i * params.dim + d] += d_dots[e] * k[block.k_base + (j + e) * params.dim + d];
      }
    }
  }
}

fn clear(base: u32, begin: u32, end: u32) {
  for (var n = begin; n < end; n++) {
    gradient[base + n] = 0.0;
  }
}

fn own(index: u32) {
  let part = index % params.parts;
  let kv_head = index / params.parts;
  let kv_heads = params.batch_size * params.kv_heads;
  if (kv_head >= kv_heads) {
    return;
  }
  let k_base = keys_at(SCORES, kv_head);
  let v_base = keys_at(VALUES, kv_head);
  let d_k_base = keys_gradient_at(SCORES, kv_head);
  let d_v_base = keys_gradient_at(VALUES, kv_head);
  let group = params.num_heads / params.kv_heads;
  let head_size = params.queries * params.dim;
  let d_q_start = params.gradient_offset + kv_heads * params.keys * (params.dim + params.value_dim)
    + (part * params.batch_size * params.num_heads + kv_head * group) * head_size;
  if (params.first_block == 0u) {
    clear(d_q_start, 0u, group * head_size);
  }

  let last_query = params.queries - 1u;
  let last_key = params.keys - 1u;
  for (var number = params.first_block; number < params.first_block + params.row_blocks; number++) {
    let key = (number * params.parts + part) * SIDE;
    let key_end = min(key + SIDE, params.keys);
    clear(d_k_base, key * params.dim, key_end * params.dim);
    clear(d_v_base, key * params.value_dim, key_end * params.value_dim);
    for (var g = 0u; g < group; g++) {
      let head = head_of(kv_head * group + g);
      if (key >= head.end) {
        continue;
      }
      let q_base = queries_at(SCORES, head.z);
      let d_y_base = queries_at(VALUES, head.z);
      for (var row = first_query_for(head, key) / SIDE * SIDE; row < params.queries; row += SIDE) {
        weights = block_of(
          SCORES, rows_from(q_base, row, last_query, params.dim), rows_from(k_base, key, last_key, params.dim)
        );
        d_scores = block_of(
          VALUES,
          rows_from(d_y_base, row, last_query, params.value_dim),
          rows_from(v_base, key, last_key, params.value_dim),
        );
        weigh(head, row, key);
        let hiding = row + SIDE > params.queries || may_hide(head, row, key + SIDE);
        let d_q_base = d_q_start + g * head_size;
        let block = Block(head, row, key, hiding, q_base, d_y_base, k_base, d_k_base, d_v_base, d_q_base);
        add_to_v(
          block, rows_from(0u, row, last_query, params.value_dim), rows_from(0u, key, last_key, params.value_dim)
        );
        add_to_k_q(block, rows_from(0u, row, last_query, params.dim), rows_from(0u, key, last_key, params.dim));
      }
    }
  }
}
