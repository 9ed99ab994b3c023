// The weights of a recurrence's gradient step, one at a time.
//
// @use lib/stored-numbers.wgsl

// Where the weights of one unit begin, as a number of weight_hh.
fn weights_at(sum: u32, unit: u32) -> u32 {
  return params.weight_hh_offset + unit;
}

// The k-th of them.
fn load_weights(at: u32, k: u32) -> f32 {
  let i = at + k * params.hidden_size;
  return one(weight_hh[i / PER_WORD], i);
}
