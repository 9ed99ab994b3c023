// Attention with online softmax by tiles in workgroup memory, for GPUs. The formula, bindings and parameters are those
// of attention_forward.
//
// A workgroup of 64 threads owns 32 queries of one head and goes through the keys 32 at a time: scores of a tile, 4 × 4
// per thread, over 32 features at a time; maxima and sums of its rows over 8 threads; weights into workgroup memory; then
// weights times v into registers, for each thread 4 queries × 4 of every 32 features. y is written once, at the end.
// ceil(queries / 32) row blocks, of which a dispatch does row_blocks from first_block on;
// dispatch batch · num_heads · row_blocks workgroups, folded.
// Preconditions: dim and value_dim are multiples of 4 and at most 128, offsets of q, k, v and y are multiples of 4. 15.5 KiB of
// workgroup memory. Barriers: two per 32 features of scores, two for the softmax, two per 32 features of y, in each tile;
// in uniform control flow. y and lse alias nothing.
//
// T. Dao et al., "FlashAttention", NeurIPS 2022; T. Dao, "FlashAttention-2", 2023.
//
// @use attention/lib/workgroup.wgsl
// @use attention/lib/forward-operands.wgsl

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

fn scale_columns(x: mat4x4f, factors: vec4f) -> mat4x4f {
  return mat4x4f(x[0] * factors.x, x[1] * factors.y, x[2] * factors.z, x[3] * factors.w);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3<u32>,
  @builtin(num_workgroups) num_workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = workgroup_id.x + workgroup_id.y * num_workgroups.x;
  let first_query = (params.first_block + index % params.row_blocks) * TILE;
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
  let row_part = local / 8u;
  let part = local % 8u;
  let row = row_part * 4u;
  let i = first_query + row;

  var largest = vec4f(HIDDEN);
  var total = vec4f();
  var sums: array<mat4x4f, PARTS>;
  let end = end_for(head, first_query + TILE - 1u);
  for (var first = 0u; first < end; first += TILE) {
    let dots = tile_q_k(local, q_base, first_query, k_base, first, row_part, part);
    let j = first + part * 4u;
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
    let next = max(largest, block_largest);
    let shrink = exp(largest - next);
    largest = next;
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
    let hiding = may_hide(head, i, first + TILE);
    total = total * shrink + vec4f(sum_of(row), sum_of(row + 1u), sum_of(row + 2u), sum_of(row + 3u));
    for (var c = 0u; c < PARTS; c++) {
      if (c * 8u < v4) {
        for (var n = local; n < TILE * 8u; n += WORKGROUP_SIZE) {
          b_tile[n / 8u * STRIDE + n % 8u] = v_at(v_base, first + n / 8u, c * 8u + n % 8u);
        }
        workgroupBarrier();
        var products = tile_sums(row_part, part);
        // what is not finite shows in every row
        if (hiding && not_finite(products[0])) {
          products = tile_sums_seen(row_part, part, head, i, first);
        }
        sums[c] = scale_columns(sums[c], shrink) + products;
        workgroupBarrier();
      }
    }
  }

  let y_base = params.y_offset / 4u + z * params.queries * v4;
  var factors = 1.0 / total;
  for (var r = 0u; r < 4u; r++) {
    if (is_zero(total[r]) && !(i + r < params.queries && sees_any(head, i + r))) {
      factors[r] = 0.0;
    }
  }
  for (var c = 0u; c < PARTS; c++) {
    let d = c * 8u + part;
    if (d < v4) {
      let result = scale_columns(sums[c], factors);
      for (var r = 0u; r < 4u; r++) {
        if (i + r < params.queries) {
          y[y_base + (i + r) * v4 + d] = result[r];
        }
      }
    }
  }
  if (part == 0u) {
    for (var r = 0u; r < 4u; r++) {
      if (i + r < params.queries) {
        // the factor is 0 where nothing is seen
        lse[params.lse_offset + z * params.queries + i + r] =
          select(logsumexp_of(largest[r], total[r]), 0.0, is_zero(factors[r]) && is_zero(total[r]));
      }
    }
  }
}
