// The score of one query and one key, see query_attention_forward.
//
// The kernel says which by ADDITIVE, and has the bindings query, keys and v and the parameter width.
//
// @use lib/lengths.wgsl

fn score_of(row: u32, key: u32) -> f32 {
  let from_query = params.query_offset + row * params.width;
  let from_key = params.keys_offset + key * params.width;
  var score = 0.0;
  for (var h = 0u; h < params.width; h++) {
    let q = query[from_query + h];
    let k = keys[from_key + h];
    if (ADDITIVE) {
      score += v[params.v_offset + h] * safe_tanh(q + k);
    } else {
      score += q * k;
    }
  }
  return score;
}
