// The weights of recurrent/lib/lanes/tile.wgsl, a number of four units at a time.
//
// @use recurrent/lib/lanes/together.wgsl
// @use recurrent/lib/lanes/numbers.wgsl

// Where those of four units begin. Units past the last repeat it.
fn weights_of_sum(sum: u32, four: u32) -> vec4<u32> {
  let unit = min(4u * four + vec4<u32>(0, 1, 2, 3), vec4<u32>(params.hidden_size - 1u));
  return vec4<u32>(weights_at(sum, unit.x), weights_at(sum, unit.y), weights_at(sum, unit.z), weights_at(sum, unit.w));
}

fn four_weights(at: vec4<u32>, k: u32) -> vec4<f32> {
  return vec4<f32>(load_weights(at.x, k), load_weights(at.y, k), load_weights(at.z, k), load_weights(at.w, k));
}
