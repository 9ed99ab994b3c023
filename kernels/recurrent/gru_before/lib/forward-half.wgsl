// The second half of a forward step: s by w_n gives the candidate and the new state.
//
// @use recurrent/gru_before/lib/half.wgsl

fn candidate_half(step: Step) -> Half {
  let hidden4 = params.hidden_size / 4u;
  let s_at = params.gates_offset / 4u + step.saved + 3u * hidden4;
  return Half(s_at, params.hidden_size, hidden4, params.weight_hh_offset / 4u + 2u * params.hidden_size * hidden4, true);
}

fn load_numbers(at: u32) -> vec4<f32> {
  return gates[at];
}

fn weights_at(half: Half, unit4: u32) -> u32 {
  return half.weights + unit4 * params.hidden_size;
}

fn load_weights(at: u32, k: u32) -> mat4x4<f32> {
  return transpose(four_rows_of_weights(at + k));
}

fn finish_half(step: Step, half: Half, row: u32, unit4: u32, sum: vec4<f32>) {
  finish_candidate(step, row, unit4, sum);
}
