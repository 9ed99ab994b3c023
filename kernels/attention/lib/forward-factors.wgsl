// The forward pass of attention in registers: online softmax. What is summed up are the rows of v times the weights.
//
// M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax", 2018; T. Dao et al., "FlashAttention", NeurIPS
// 2022; T. Dao, "FlashAttention-2", 2023.
//
// @use attention/lib/tiles.wgsl
// @use attention/lib/forward-operands.wgsl

const SUMMED: u32 = VALUES;

// Scores, then weights: of four keys, row by row, then of the next four.
var<private> factors: array<vec4f, ROWS * BLOCK / 4u>;
// Of each row: the largest score so far, the sum of weights, the factor for what was summed before, and that for the result,
// which is 1 before the last block.
var<private> largest: array<f32, ROWS>;
var<private> total: array<f32, ROWS>;
var<private> shrink: array<f32, ROWS>;
var<private> scale: array<f32, ROWS>;

fn begin() {
  for (var r = 0u; r < ROWS; r++) {
    largest[r] = HIDDEN;
    total[r] = 0.0;
  }
}

fn result_at(z: u32) -> u32 {
  return params.y_offset / 4u + z * params.queries * (params.value_dim / 4u);
}

fn clear_result(at: u32) {
  y[at] = vec4f();
}

fn add_to_result(r: u32, at: u32, x: vec4f) {
  y[at] = (y[at] * shrink[r] + x) * scale[r];
}

fn keep(group: u32, top: mat4x4f, bottom: mat4x4f) {
  let at = group * ROWS;
  factors[at] = top[0];
  factors[at + 1u] = top[1];
  factors[at + 2u] = top[2];
  factors[at + 3u] = top[3];
  factors[at + 4u] = bottom[0];
  factors[at + 5u] = bottom[1];
  factors[at + 6u] = bottom[2];
  factors[at + 7u] = bottom[3];
}

// The weights of a block, with a new maximum for each row.
fn weigh(head: Head, row: u32, first: u32, groups: u32, last: bool) {
  let q_base = queries_at(SCORES, head.z);
  let k_base = keys_at(SCORES, kv_head_of(head.z));
  for (var group = 0u; group < groups; group += 2u) {
    let tile = tile_of(SCORES, q_base, row, k_base, first + group * 4u);
    keep(group, tile.top_left, tile.bottom_left);
    keep(group + 1u, tile.top_right, tile.bottom_right);
  }
  for (var r = 0u; r < ROWS; r++) {
    let i = min(row + r, params.queries - 1u);
    var top = vec4f(largest[r]);
    for (var group = 0u; group < groups; group++) {
      let scores = scores_of(factors[group * ROWS + r], head, i, first + group * 4u);
      factors[group * ROWS + r] = scores;
      top = max(top, scores);
    }
    let next = max(max(top.x, top.y), max(top.z, top.w));
    shrink[r] = exp(largest[r] - next);
    largest[r] = next;
    var sum = vec4f();
    for (var group = 0u; group < groups; group++) {
      let p = weights_of(factors[group * ROWS + r], next);
      sum += p;
      factors[group * ROWS + r] = p * kept(head, i, first + group * 4u);
    }
    total[r] = total[r] * shrink[r] + (sum.x + sum.y + sum.z + sum.w);
    scale[r] = 1.0;
    if (last) {
      scale[r] = 1.0 / total[r];
      if (is_zero(total[r]) && !sees_any(head, i)) {
        scale[r] = 0.0;
      }
    }
  }
}

fn finish(head: Head, row: u32) {
  for (var r = 0u; r < ROWS && row + r < params.queries; r++) {
    var result = logsumexp_of(largest[r], total[r]);
    if (is_zero(total[r]) && !sees_any(head, row + r)) {
      result = 0.0;
    }
    lse[params.lse_offset + head.z * params.queries + row + r] = result;
  }
}
