// The weights of a recurrence's gradient step, four units by four numbers of the row at a time.
//
// @use recurrent/lib/weights-fours.wgsl

// Where the weights of four units begin, in elements of weight_hh. Units past the last repeat it.
fn weights_at(sum: u32, unit4: u32) -> u32 {
  return params.weight_hh_offset / 4u + min(unit4, params.hidden_size / 4u - 1u);
}

// Those for the k-th four numbers: a column for each number.
fn load_weights(at: u32, k: u32) -> mat4x4<f32> {
  return four_rows_of_weights(at + k * params.hidden_size);
}
