// Gradient of attention with respect to q, in registers. Made for software adapters: no workgroup memory, no barriers.
//
//   d_q[i] = Σ_j ds[i, j] · k[j]
//   ds = scale · p ∘ (kept ∘ (d_y · vᵀ) - delta)      p = e^(score - lse), worked out again
//
// q, d_q       [batch, num_heads, queries, dim]; d_y with value_dim
// k            [batch, kv_heads, keys, dim]; v with value_dim
// stats        [batch, num_heads, queries, 2]: lse and delta (attention_delta)
// bias, control: see attention/lib/attention.wgsl
//
// One thread owns 8 queries of one head and goes through the keys in blocks of 32: 8 × 8 scores and gradients of weights
// at a time, kept in private memory as gradients of scores; then it adds these times k to d_q, 8 × 8 elements at a time.
// ceil(queries / 8) row blocks, of which a dispatch does row_blocks from first_block on;
// dispatch ceil(batch · num_heads · row_blocks / 4) workgroups, folded.
// Preconditions: dim and value_dim are multiples of 8, offsets of q, k, v, d_y and d_q of 4. No barriers. d_q aliases nothing.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022, algorithm 4; a kernel for d_q alone needs no atomics.
//
// @use attention/lib/gradients.wgsl
// @use attention/lib/queries-backward-operands.wgsl

const WORKGROUP_SIZE: u32 = 4;
const BLOCK: u32 = 32;

// Inner products, then gradients of scores: of four keys, row by row, then of the next four.
var<private> d_scores: array<vec4f, ROWS * BLOCK / 4u>;
var<private> d_weights: array<vec4f, ROWS * BLOCK / 4u>;

fn keep(group: u32, dots: mat4x4f, gradients: mat4x4f) {
  d_scores[group] = dots[0];
  d_scores[group + 1u] = dots[1];
  d_scores[group + 2u] = dots[2];
  d_scores[group + 3u] = dots[3];
  d_weights[group] = gradients[0];
  d_weights[group + 1u] = gradients[1];
  d_weights[group + 2u] = gradients[2];
  d_weights[group + 3u] = gradients[3];
}

fn rows_at(first: u32) -> mat4x4f {
  return mat4x4f(d_scores[first], d_scores[first + 1u], d_scores[first + 2u], d_scores[first + 3u]);
}

fn add_row(row: u32, base: u32, left: vec4f, right: vec4f) {
  if (row < params.queries) {
    let at = base + row * (params.dim / 4u);
    d_q[at] += left;
    d_q[at + 1u] += right;
  }
}

// What the keys of a block that query i, row r, sees add to 8 elements of its d_q.
fn seen_sums(head: Head, i: u32, r: u32, first: u32, groups: u32, k_base: u32) -> mat2x4f {
  let d4 = params.dim / 4u;
  var left = vec4f();
  var right = vec4f();
  for (var group = 0u; group < groups; group++) {
    let seen = sees(head, i, first + group * 4u);
    let factors = d_scores[group * ROWS + r];
    for (var e = 0u; e < 4u; e++) {
      if (seen[e]) {
        let at = k_base + (first + group * 4u + e) * d4;
        left += factors[e] * k[at];
        right += factors[e] * k[at + 1u];
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
  let d_y_base = params.d_y_offset / 4u + z * params.queries * v4;
  let d_q_base = params.d_q_offset / 4u + z * params.queries * d4;
  for (var r = 0u; r < ROWS; r++) {
    let at = d_q_base + min(row + r, params.queries - 1u) * d4;
    for (var d = 0u; d < d4; d++) {
      d_q[at + d] = vec4f();
    }
  }

  let end = end_for(head, row + ROWS - 1u);
  for (var first = 0u; first < end; first += BLOCK) {
    let groups = (min(BLOCK, end - first) + 7u) / 8u * 2u;
    for (var group = 0u; group < groups; group += 2u) {
      let key = first + group * 4u;
      let dots = q_times_k(q_base, row, k_base, key);
      let gradients = d_y_times_v(d_y_base, row, v_base, key);
      keep(group * ROWS, dots.top_left, gradients.top_left);
      keep(group * ROWS + 4u, dots.bottom_left, gradients.bottom_left);
      keep(group * ROWS + 8u, dots.top_right, gradients.top_right);
      keep(group * ROWS + 12u, dots.bottom_right, gradients.bottom_right);
    }
    for (var n = 0u; n < groups * ROWS; n++) {
      let i = min(row + n % ROWS, params.queries - 1u);
      d_scores[n] = pairs_of(d_scores[n], d_weights[n], head, i, first + n / ROWS * 4u).d_dots;
    }
    let hiding = may_hide(head, row, first + groups * 4u);
    for (var d = 0u; d < d4; d += 2u) {
      var top_left = mat4x4f();
      var top_right = mat4x4f();
      var bottom_left = mat4x4f();
      var bottom_right = mat4x4f();
      for (var group = 0u; group < groups; group++) {
        // Keys past the edge have gradient 0; they read the last row.
        let keys = min(first + group * 4u + vec4u(0, 1, 2, 3), vec4u(params.keys - 1u));
        let at = k_base + d + keys * d4;
        let left = mat4x4f(k[at.x], k[at.y], k[at.z], k[at.w]);
        let right = mat4x4f(k[at.x + 1u], k[at.y + 1u], k[at.z + 1u], k[at.w + 1u]);
        let top = rows_at(group * ROWS);
        let bottom = rows_at(group * ROWS + 4u);
        top_left += left * top;
        top_right += right * top;
        bottom_left += left * bottom;
        bottom_right += right * bottom;
      }
      let to = d_q_base + d;
      // what is not finite shows in every row
      if (hiding && (not_finite(top_left[0]) || not_finite(top_right[0]))) {
        for (var r = 0u; r < ROWS; r++) {
          let sums = seen_sums(head, row + r, r, first, groups, k_base + d);
          add_row(row + r, to, sums[0], sums[1]);
        }
        continue;
      }
      add_row(row, to, top_left[0], top_right[0]);
      add_row(row + 1u, to, top_left[1], top_right[1]);
      add_row(row + 2u, to, top_left[2], top_right[2]);
      add_row(row + 3u, to, top_left[3], top_right[3]);
      add_row(row + 4u, to, bottom_left[0], bottom_right[0]);
      add_row(row + 5u, to, bottom_left[1], bottom_right[1]);
      add_row(row + 6u, to, bottom_left[2], bottom_right[2]);
      add_row(row + 7u, to, bottom_left[3], bottom_right[3]);
    }
  }
}
