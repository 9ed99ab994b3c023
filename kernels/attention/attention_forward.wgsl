// Attention with online softmax in registers. Made for software adapters: no workgroup memory, no barriers.
//
//   y[i] = Σ_j p[i, j] · v[j]      p = softmax_j(scale · q[i] · k[j] + bias[i, j])      lse[i] = log Σ_j e^score[i, j]
//
// q     [batch, num_heads, queries, dim]
// k     [batch, kv_heads, keys, dim]; num_heads / kv_heads query heads read the same one
// v     [batch, kv_heads, keys, value_dim]
// bias, control: see attention/lib/attention.wgsl
// y     [batch, num_heads, queries, value_dim]; 0 where a query sees no key
// lse   [batch, num_heads, queries]; 0 where a query sees no key
//
// One thread owns 8 queries of one head and goes through the keys in blocks of 32. Of a block it first works out the
// 8 × 32 scores, 8 × 8 at a time as four 4 × 4 matrices in registers (see matmul_nt), and keeps them in private memory;
// then the new maxima, the weights and the factor by which what was summed before shrinks; then it adds the weights times
// v to y, 8 × 8 elements at a time. So y is read and written once per 32 keys, and no register array is as long as a head.
// Measured on SwiftShader, 4 heads of 64, CPU time beside the naive form (matmul_nt, softmax, matmul_nn): N 256 43 against
// 51 ms, N 512 176 against 194 ms, causal 92 against 418 ms, since tiles that nobody sees are left out.
// Nothing of the size queries · keys is ever stored. Blocks past the last key that counts are left out.
// ceil(queries / 8) row blocks, of which a dispatch does row_blocks from first_block on;
// dispatch ceil(batch · num_heads · row_blocks / 4) workgroups, folded.
// Preconditions: dim and value_dim are multiples of 8, offsets of q, k, v and y of 4. No barriers. y and lse alias nothing.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022; T. Dao, "FlashAttention-2", 2023. M. Milakov and N. Gimelshein, "Online
// normalizer calculation for softmax", 2018.
//
// @use attention/lib/tiles.wgsl
// @use attention/lib/forward-operands.wgsl

const WORKGROUP_SIZE: u32 = 4;
const BLOCK: u32 = 32;

// Scores, then weights: of four keys, row by row, then of the next four.
var<private> weights: array<vec4f, ROWS * BLOCK / 4u>;
// Of each row: the largest score so far, the sum of weights, the factor for what was summed before.
var<private> largest: array<f32, ROWS>;
var<private> total: array<f32, ROWS>;
var<private> shrink: array<f32, ROWS>;

fn keep_scores(group: u32, top: mat4x4f, bottom: mat4x4f) {
  let at = group * ROWS;
  weights[at] = top[0];
  weights[at + 1u] = top[1];
  weights[at + 2u] = top[2];
  weights[at + 3u] = top[3];
  weights[at + 4u] = bottom[0];
  weights[at + 5u] = bottom[1];
  weights[at + 6u] = bottom[2];
  weights[at + 7u] = bottom[3];
}

// Turns the scores of a block into weights, with a new maximum for each row.
fn weigh(head: Head, row: u32, first: u32, groups: u32) {
  for (var r = 0u; r < ROWS; r++) {
    let i = min(row + r, params.queries - 1u);
    var top = vec4f(largest[r]);
    for (var group = 0u; group < groups; group++) {
      let scores = scores_of(weights[group * ROWS + r], head, i, first + group * 4u);
      weights[group * ROWS + r] = scores;
      top = max(top, scores);
    }
    let next = max(max(top.x, top.y), max(top.z, top.w));
    shrink[r] = exp(largest[r] - next);
    largest[r] = next;
    var sum = vec4f();
    for (var group = 0u; group < groups; group++) {
      let scores = weights[group * ROWS + r];
      let p = weights_of(scores, next);
      sum += p;
      weights[group * ROWS + r] = p * kept(head, i, first + group * 4u);
    }
    total[r] = total[r] * shrink[r] + (sum.x + sum.y + sum.z + sum.w);
  }
}

fn rows_of(first: u32) -> mat4x4f {
  return mat4x4f(weights[first], weights[first + 1u], weights[first + 2u], weights[first + 3u]);
}

fn add_row(row: u32, r: u32, y_base: u32, left: vec4f, right: vec4f, factor: f32) {
  if (row + r < params.queries) {
    let at = y_base + (row + r) * (params.value_dim / 4u);
    y[at] = (y[at] * shrink[r] + left) * factor;
    y[at + 1u] = (y[at + 1u] * shrink[r] + right) * factor;
  }
}

// What the keys of a block that query i, row r, sees add to 8 elements of its y.
fn seen_sums(head: Head, i: u32, r: u32, first: u32, groups: u32, v_base: u32) -> mat2x4f {
  let d4 = params.value_dim / 4u;
  var left = vec4f();
  var right = vec4f();
  for (var group = 0u; group < groups; group++) {
    let seen = sees(head, i, first + group * 4u);
    let factors = weights[group * ROWS + r];
    for (var e = 0u; e < 4u; e++) {
      if (seen[e]) {
        let at = v_base + (first + group * 4u + e) * d4;
        left += factors[e] * v[at];
        right += factors[e] * v[at + 1u];
      }
    }
  }
  return mat2x4f(left, right);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3<u32>,
  @builtin(num_workgroups) num_workgroups: vec3<u32>,
  @builtin(local_invocation_index) local_index: u32,
) {
  let index = (workgroup_id.x + workgroup_id.y * num_workgroups.x) * WORKGROUP_SIZE + local_index;
  let row = (params.first_block + index % params.row_blocks) * ROWS;
  let z = index / params.row_blocks;
  if (z >= params.batch_size * params.num_heads) {
    return;
  }
  let head = head_of(z);
  let d4 = params.dim / 4u;
  let q_base = params.q_offset / 4u + z * params.queries * d4;
  let k_base = params.k_offset / 4u + first_key_row(z) * d4;
  let v4 = params.value_dim / 4u;
  let v_base = params.v_offset / 4u + first_key_row(z) * v4;
  let y_base = params.y_offset / 4u + z * params.queries * v4;
  for (var r = 0u; r < ROWS; r++) {
    largest[r] = HIDDEN;
    total[r] = 0.0;
    let at = y_base + min(row + r, params.queries - 1u) * v4;
    for (var d = 0u; d < v4; d++) {
      y[at + d] = vec4f();
    }
  }

  let end = end_for(head, row + ROWS - 1u);
  for (var first = 0u; first < end; first += BLOCK) {
    let block_end = min(first + BLOCK, end);
    let groups = (block_end - first + 7u) / 8u * 2u;
    for (var group = 0u; group < groups; group += 2u) {
      let tile = q_times_k(q_base, row, k_base, first + group * 4u);
      keep_scores(group, tile.top_left, tile.bottom_left);
      keep_scores(group + 1u, tile.top_right, tile.bottom_right);
    }
    weigh(head, row, first, groups);
    var factor: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      factor[r] = 1.0;
      if (block_end == end) {
        factor[r] = 1.0 / total[r];
        if (is_zero(total[r]) && !sees_any(head, min(row + r, params.queries - 1u))) {
          factor[r] = 0.0;
        }
      }
    }
    let hiding = may_hide(head, row, first + groups * 4u);
    let last_v = (params.keys - 1u) * v4;
    for (var d = 0u; d < v4; d += 2u) {
      var top_left = mat4x4f();
      var top_right = mat4x4f();
      var bottom_left = mat4x4f();
      var bottom_right = mat4x4f();
      for (var group = 0u; group < groups; group++) {
        // Keys past the edge have the weight 0; they read the last row.
        let v0 = (first + group * 4u) * v4;
        let a0 = v_base + d + min(v0, last_v);
        let a1 = v_base + d + min(v0 + v4, last_v);
        let a2 = v_base + d + min(v0 + 2u * v4, last_v);
        let a3 = v_base + d + min(v0 + 3u * v4, last_v);
        let left = mat4x4f(v[a0], v[a1], v[a2], v[a3]);
        let right = mat4x4f(v[a0 + 1u], v[a1 + 1u], v[a2 + 1u], v[a3 + 1u]);
        let top = rows_of(group * ROWS);
        let bottom = rows_of(group * ROWS + 4u);
        top_left += left * top;
        top_right += right * top;
        bottom_left += left * bottom;
        bottom_right += right * bottom;
      }
      let to = y_base + d;
      // what is not finite shows in every row
      if (hiding && (not_finite(top_left[0]) || not_finite(top_right[0]))) {
        for (var r = 0u; r < ROWS; r++) {
          let sums = seen_sums(head, row + r, r, first, groups, v_base + d);
          add_row(row, r, to, sums[0], sums[1], factor[r]);
        }
        continue;
      }
      add_row(row, 0u, to, top_left[0], top_right[0], factor[0]);
      add_row(row, 1u, to, top_left[1], top_right[1], factor[1]);
      add_row(row, 2u, to, top_left[2], top_right[2], factor[2]);
      add_row(row, 3u, to, top_left[3], top_right[3], factor[3]);
      add_row(row, 4u, to, bottom_left[0], bottom_right[0], factor[4]);
      add_row(row, 5u, to, bottom_left[1], bottom_right[1], factor[5]);
      add_row(row, 6u, to, bottom_left[2], bottom_right[2], factor[6]);
      add_row(row, 7u, to, bottom_left[3], bottom_right[3], factor[7]);
    }
  }
  for (var r = 0u; r < ROWS && row + r < params.queries; r++) {
    var result = logsumexp_of(largest[r], total[r]);
    if (is_zero(total[r]) && !sees_any(head, row + r)) {
      result = 0.0;
    }
    lse[params.lse_offset + z * params.queries + row + r] = result;
  }
}
