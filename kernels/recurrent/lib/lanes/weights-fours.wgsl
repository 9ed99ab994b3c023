// The weights of recurrent/lib/lanes/tile.wgsl, four numbers of four units at a time.
//
// @use recurrent/lib/lanes/together.wgsl
// @use recurrent/lib/lanes/fours.wgsl

// Where those of four units begin.
fn weights_of_sum(sum: u32, four: u32) -> u32 {
  return weights_at(sum, four);
}

fn four_weights(at: u32, k: u32) -> mat4x4<f32> {
  return load_weights(at, k);
}
