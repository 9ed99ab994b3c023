// What an attention does not see has no influence, whatever stands there: NaN and infinities among it.
//
// The score of a pair that does not count is HIDDEN, and its weight 0. Products of a whole block multiply what is hidden by 0
// all the same, which is fast, and exact where it is finite. Where it is not, 0 times it is NaN, for every row of the block;
// then, and only in blocks in which a pair may be hidden, the product is made again from the pairs that are seen.
//
// @use lib/numbers.wgsl

// Of a pair that does not count.
const HIDDEN: f32 = -3.4e38;
const HIDDEN_BITS: u32 = 0xff7fc99eu;

fn is_hidden(scores: vec4f) -> vec4<bool> {
  return bitcast<vec4u>(scores) == vec4u(HIDDEN_BITS);
}

// Of scores, where the largest that counts is taken off.
fn weights_of(scores: vec4f, largest: f32) -> vec4f {
  return select(exp(scores - largest), vec4f(), is_hidden(scores));
}

// Of all scores of a row, whose weights add up to `total`. NaN where that is, or where all scores are -infinity; the logarithm
// of some adapters makes numbers of those.
fn logsumexp_of(largest: f32, total: f32) -> f32 {
  let bits = bitcast<u32>(total);
  if ((bits & 0x7f800000u) == 0x7f800000u || is_zero(total)) {
    return bitcast<f32>(bits | 0x7fc00000u);
  }
  return largest + log(total);
}

// Weights of a row from its scores and what logsumexp_of gave of it; the exponential of NaN may be infinity.
fn weights_again(scores: vec4f, logsumexp: f32) -> vec4f {
  return select(weights_of(scores, logsumexp), select(vec4f(logsumexp), vec4f(), is_hidden(scores)), is_nan(logsumexp));
}

fn is_zero(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) == 0u;
}

// Whether any is NaN or infinite.
fn not_finite(x: vec4f) -> bool {
  return any((bitcast<vec4u>(x) & vec4u(0x7f800000u)) == vec4u(0x7f800000u));
}
