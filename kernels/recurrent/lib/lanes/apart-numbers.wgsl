// The weights of recurrent/lib/lanes/tile.wgsl, [units, k] for each sum, a number of four units at a time.
//
// @use recurrent/lib/lanes/apart.wgsl
// @use recurrent/lib/lanes/numbers.wgsl

// Where those of four units begin. Units past the last repeat it.
fn weights_of_sum(sum: u32, four: u32) -> vec4<u32> {
  let unit = min(4u * four + vec4<u32>(0, 1, 2, 3), vec4<u32>(params.hidden_size - 1u));
  return weights_start(sum) + unit * row_size(sum);
}

fn four_weights(at: vec4<u32>, k: u32) -> vec4<f32> {
  return vec4<f32>(load_weight(at.x + k), load_weight(at.y + k), load_weight(at.z + k), load_weight(at.w + k));
}
