// The weights of recurrent/lib/lanes/tile.wgsl, a number of four units at a time.

// Where those of four units begin. Units past the last repeat it.
fn weights_of_sum(sum: u32, four: u32) -> vec4<u32> {
  let unit = min(4u * four + vec4<u32>(0, 1, 2, 3), vec4<u32>(params.hidden_size - 1u));
  return vec4<u32>(
    start_of_weights(sum, unit.x),
    start_of_weights(sum, unit.y),
    start_of_weights(sum, unit.z),
    start_of_weights(sum, unit.w)
  );
}

fn four_weights(at: vec4<u32>, k: u32) -> vec4<f32> {
  return vec4<f32>(load_weights(at.x, k), load_weights(at.y, k), load_weights(at.z, k), load_weights(at.w, k));
}
