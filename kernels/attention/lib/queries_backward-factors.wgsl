// The gradient of attention's queries in registers: what is summed up are the rows of k times the gradients of the scores.
// A kernel for d_q alone needs no atomics.
//
// @use attention/lib/tiles.wgsl
// @use attention/lib/pairs.wgsl
// @use attention/lib/backward-operands.wgsl

const SUMMED: u32 = SCORES;

// Inner products, then gradients of scores: of four keys, row by row, then of the next four.
var<private> factors: array<vec4f, ROWS * BLOCK / 4u>;
var<private> d_weights: array<vec4f, ROWS * BLOCK / 4u>;

fn begin() {}

fn result_at(z: u32) -> u32 {
  return params.gradient_offset / 4u + z * params.queries * (params.dim / 4u);
}

fn clear_result(at: u32) {
  gradient[at] = vec4f();
}

fn add_to_result(r: u32, at: u32, x: vec4f) {
  gradient[at] += x;
}

fn keep(at: u32, dots: mat4x4f, gradients: mat4x4f) {
  factors[at] = dots[0];
  factors[at + 1u] = dots[1];
  factors[at + 2u] = dots[2];
  factors[at + 3u] = dots[3];
  d_weights[at] = gradients[0];
  d_weights[at + 1u] = gradients[1];
  d_weights[at + 2u] = gradients[2];
  d_weights[at + 3u] = gradients[3];
}

fn weigh(head: Head, row: u32, first: u32, groups: u32, last: bool) {
  let q_base = queries_at(SCORES, head.z);
  let d_y_base = queries_at(VALUES, head.z);
  let kv_head = kv_head_of(head.z);
  let k_base = keys_at(SCORES, kv_head);
  let v_base = keys_at(VALUES, kv_head);
  for (var group = 0u; group < groups; group += 2u) {
    let key = first + group * 4u;
    let dots = tile_of(SCORES, q_base, row, k_base, key);
    let gradients = tile_of(VALUES, d_y_base, row, v_base, key);
    keep(group * ROWS, dots.top_left, gradients.top_left);
    keep(group * ROWS + 4u, dots.bottom_left, gradients.bottom_left);
    keep(group * ROWS + 8u, dots.top_right, gradients.top_right);
    keep(group * ROWS + 12u, dots.bottom_right, gradients.bottom_right);
  }
  for (var n = 0u; n < groups * ROWS; n++) {
    let i = min(row + n % ROWS, params.queries - 1u);
    factors[n] = pairs_of(factors[n], d_weights[n], head, i, first + n / ROWS * 4u).d_dots;
  }
}

fn finish(head: Head, row: u32) {}
