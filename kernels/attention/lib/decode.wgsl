// What the kernels share in which a few queries attend to a long cache: which keys a row sees, and its scores.
//
// A row is a query of a query head; those that read one key/value head lie together: row r of `rows` = num_heads / kv_heads
// · queries is query r % queries. A workgroup or thread takes some rows of one key/value head z = batch index · kv_heads +
// head and one part of the keys, and leaves of each row what a merge needs: the largest score, the sum of the weights, and
// the sum of weights · v.
//
// The kernel has the binding `lengths` [batch], not read where has_lengths is 0, and the parameters capacity, queries, rows,
// kv_heads, causal, has_lengths, alibi_heads, scale, softcap (0: none). With causal, query i stands at length - queries + i
// and sees itself and what is before it; ALiBi counts from there.
//
// @use attention/lib/seen.wgsl
// @use lib/real.wgsl
// @use attention/lib/alibi.wgsl

alias Real = f32;

// Keys of a sequence that are there.
fn length_of(z: u32) -> u32 {
  if (params.has_lengths == 0u) {
    return params.capacity;
  }
  return min(u32(max(lengths[params.lengths_offset + z / params.kv_heads], 0)), params.capacity);
}

// Keys that a row sees.
fn seen_by(row: u32, length: u32) -> u32 {
  if (params.causal == 0u) {
    return length;
  }
  return max(length + row % params.queries + 1u, params.queries) - params.queries;
}

fn slope_of(z: u32, row: u32) -> f32 {
  return alibi_slope(z % params.kv_heads * (params.rows / params.queries) + row / params.queries);
}

// Score of key j, which the row sees, from the inner product.
fn score_of(dot: f32, j: f32, row: u32, length: u32, slope: f32) -> f32 {
  let place = f32(length) - f32(params.queries) + f32(row % params.queries);
  var score = dot * params.scale;
  if (params.softcap != 0.0) {
    score = params.softcap * safe_tanh(score / params.softcap);
  }
  return score - slope * abs(place - j);
}
