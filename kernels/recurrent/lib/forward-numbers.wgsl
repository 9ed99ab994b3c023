// The weights of a recurrence's forward step, one at a time.
//
// @use lib/stored-numbers.wgsl

// Where the weights of one unit's sum begin, as a number of weight_hh.
fn weights_at(sum: u32, unit: u32) -> u32 {
  return params.weight_hh_offset + (sum * params.hidden_size + unit) * params.hidden_size;
}

// How far one lies behind the other.
fn weights_stride() -> u32 {
  return 1u;
}

// The number in a word of weight_hh from a bit on.
fn weight_in(word: u32, bit: u32) -> f32 {
  return one_from(weight_hh[word], bit);
}

// The k-th of them.
fn load_weights(at: u32, k: u32) -> f32 {
  let i = at + k * weights_stride();
  return weight_in(i / PER_WORD, bit_of(i));
}
