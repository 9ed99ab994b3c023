// Numbers of weight_hh, one at a time. Each direction says where those of a unit begin (weights_at) and how far one lies behind the
// other (weights_stride).
//
// @use lib/stored-numbers.wgsl

// The number in a word of weight_hh from a bit on.
fn weight_in(word: u32, bit: u32) -> f32 {
  return one_from(weight_hh[word], bit);
}

// The k-th of those that begin at `at`.
fn load_weights(at: u32, k: u32) -> f32 {
  let i = at + k * weights_stride();
  return weight_in(i / PER_WORD, bit_of(i));
}
