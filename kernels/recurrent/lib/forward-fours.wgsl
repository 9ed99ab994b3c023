// The weights of a recurrence's forward step, four units by four numbers of the row at a time.
//
// @use recurrent/lib/weights-fours.wgsl

// Where the weights of four units' sums begin, in elements of weight_hh. Units past the last repeat it.
fn weights_at(sum: u32, unit4: u32) -> u32 {
  let hidden4 = params.hidden_size / 4u;
  return params.weight_hh_offset / 4u + (sum * hidden4 + min(unit4, hidden4 - 1u)) * params.hidden_size;
}

// Those for the k-th four numbers: a column for each number.
fn load_weights(at: u32, k: u32) -> mat4x4<f32> {
  return transpose(four_rows_of_weights(at + k));
}
