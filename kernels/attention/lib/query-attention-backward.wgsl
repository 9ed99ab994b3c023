// The gradient of one attention weight, see query_attention_scores_backward.
//
// @use lib/lengths.wgsl

fn weight_gradient(row: u32, s: u32) -> f32 {
  var result = 0.0;
  if (params.has_d_context != 0u) {
    let from_context = params.d_context_offset + row * params.value_width;
    let key = (row % params.batch_size) * params.seq_len + s;
    let from_memory = params.memory_offset + key * params.value_width;
    for (var k = 0u; k < params.value_width; k++) {
      result += d_context[from_context + k] * memory[from_memory + k];
    }
  }
  if (params.has_d_weights != 0u) {
    result += d_weights_given[params.d_weights_given_offset + row * params.seq_len + s];
  }
  return result;
}
