// The halves of a backward step: (dr dz)(following) by w_r and w_z gives dn and dz, then dn by w_n gives dr.
//
// @use recurrent/gru_before/lib/half.wgsl

fn arriving_half(step: Step) -> Half {
  let hidden4 = params.hidden_size / 4u;
  return Half(
    step.d_gates_read, 3u * hidden4, select(0u, 2u * hidden4, step.recurrent), params.weight_hh_offset / 4u, false
  );
}

fn reset_half(step: Step) -> Half {
  let hidden4 = params.hidden_size / 4u;
  let weights = params.weight_hh_offset / 4u + 2u * params.hidden_size * hidden4;
  return Half(step.d_gates_write + 2u * hidden4, 3u * hidden4, hidden4, weights, true);
}

fn load_numbers(at: u32) -> vec4<f32> {
  return d_gates[at];
}

fn weights_at(half: Half, unit4: u32) -> u32 {
  return half.weights + unit4;
}

fn load_weights(at: u32, k: u32) -> mat4x4<f32> {
  return four_rows_of_weights(at + k * params.hidden_size);
}

fn finish_half(step: Step, half: Half, row: u32, unit4: u32, sum: vec4<f32>) {
  if (half.second) {
    finish_reset(step, row, unit4, sum);
  } else {
    finish_candidate(step, row, unit4, sum);
  }
}
