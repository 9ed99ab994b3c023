// The weights of a recurrence's gradient step, one at a time.
//
// @use recurrent/lib/weights-numbers.wgsl

// Where the weights of one unit begin, as a number of weight_hh.
fn weights_at(sum: u32, unit: u32) -> u32 {
  return params.weight_hh_offset + unit;
}

// How far one lies behind the other.
fn weights_stride() -> u32 {
  return params.hidden_size;
}
