// Attention's forward pass, or the gradient of its queries, in registers. Made for software adapters: no workgroup memory, no
// barriers. The pass's files say what it is given, and what it makes of the scores.
//
// One thread owns 8 queries of one head and goes through the keys in blocks of 32. Of a block it first works out the 8 × 32
// inner products, 8 × 8 at a time, and keeps what becomes of them in private memory; then it adds these factors times the rows
// of v or k to the results of its queries, 8 × 8 elements at a time. So these are read and written once per 32 keys, and no
// register array is as long as a head. Nothing of the size queries · keys is ever stored. Blocks past the last key that
// counts are left out.
// Measured on SwiftShader, 4 heads of 64, CPU time of the forward pass beside the naive form (matmul_nt, softmax, matmul_nn):
// N 256 43 against 51 ms, N 512 176 against 194 ms, causal 92 against 418 ms.
// Row blocks are of 8 queries; dispatch ceil(batch · num_heads · row_blocks / 4) workgroups, folded.
// Preconditions: dim and value_dim are multiples of 8, offsets of what is read as vec4 of 4. No barriers.
//
// @name attention_{pass}
// @each pass forward queries_backward
// @use attention/lib/{pass}-factors.wgsl
// @use lib/by-thread.wgsl

const WORKGROUP_SIZE: u32 = 4;

fn rows_of(first: u32) -> mat4x4f {
  return mat4x4f(factors[first], factors[first + 1u], factors[first + 2u], factors[first + 3u]);
}

// Two elements side by side of a row's result.
fn add_row(row: u32, r: u32, base: u32, left: vec4f, right: vec4f) {
  if (row + r < params.queries) {
    let at = base + (row + r) * width_of(SUMMED);
    add_to_result(r, at, left);
    add_to_result(r, at + 1u, right);
  }
}

// What the keys of a block that query i, row r, sees add to 8 numbers of its result.
fn seen_sums(head: Head, i: u32, r: u32, first: u32, groups: u32, base: u32) -> mat2x4f {
  let width = width_of(SUMMED);
  var left = vec4f();
  var right = vec4f();
  for (var group = 0u; group < groups; group++) {
    let seen = sees(head, i, first + group * 4u);
    let four = factors[group * ROWS + r];
    for (var e = 0u; e < 4u; e++) {
      if (seen[e]) {
        let at = base + (first + group * 4u + e) * width;
        left += four[e] * key_side(SUMMED, at);
        right += four[e] * key_side(SUMMED, at + 1u);
      }
    }
  }
  return mat2x4f(left, right);
}

fn own(index: u32) {
  let row = (params.first_block + index % params.row_blocks) * ROWS;
  let z = index / params.row_blocks;
  if (z >= params.batch_size * params.num_heads) {
    return;
  }
  let head = head_of(z);
  let width = width_of(SUMMED);
  let last_key = params.keys - 1u;
  let key_base = keys_at(SUMMED, kv_head_of(z));
  let to_rows = result_at(z);
  begin();
  for (var r = 0u; r < ROWS; r++) {
    let at = to_rows + min(row + r, params.queries - 1u) * width;
    for (var d = 0u; d < width; d++) {
      clear_result(at + d);
    }
  }

  let end = end_for(head, row + ROWS - 1u);
  for (var first = 0u; first < end; first += BLOCK) {
    // two groups of four keys at a time
    let groups = (min(BLOCK, end - first) + 7u) / 8u * 2u;
    weigh(head, row, first, groups, first + BLOCK >= end);
    let hiding = may_hide(head, row, first + groups * 4u);
    for (var d = 0u; d < width; d += 2u) {
      var sums = Tile();
      for (var group = 0u; group < groups; group++) {
        // Keys past the edge have the factor 0; they read the last row.
        let at = rows_from(key_base + d, first + group * 4u, last_key, width);
        let left = four_keys(SUMMED, at);
        let right = four_keys(SUMMED, at + 1u);
        sums = add_products(sums, left, right, rows_of(group * ROWS), rows_of(group * ROWS + 4u));
      }
      let to = to_rows + d;
      if (hiding && !is_finite(sums)) {
        for (var r = 0u; r < ROWS; r++) {
          let seen = seen_sums(head, row + r, r, first, groups, key_base + d);
          add_row(row, r, to, seen[0], seen[1]);
        }
        continue;
      }
      add_row(row, 0u, to, sums.top_left[0], sums.top_right[0]);
      add_row(row, 1u, to, sums.top_left[1], sums.top_right[1]);
      add_row(row, 2u, to, sums.top_left[2], sums.top_right[2]);
      add_row(row, 3u, to, sums.top_left[3], sums.top_right[3]);
      add_row(row, 4u, to, sums.bottom_left[0], sums.bottom_right[0]);
      add_row(row, 5u, to, sums.bottom_left[1], sums.bottom_right[1]);
      add_row(row, 6u, to, sums.bottom_left[2], sums.bottom_right[2]);
      add_row(row, 7u, to, sums.bottom_left[3], sums.bottom_right[3]);
    }
  }
  finish(head, row);
}
