// The weights of recurrent/lib/lanes/tile.wgsl, four numbers of four units at a time.

// Where those of four units begin.
fn weights_of_sum(sum: u32, four: u32, part: u32) -> u32 {
  return start_of_weights(sum, four);
}

fn four_weights(at: u32, k: u32) -> mat4x4<f32> {
  return load_weights(at, k);
}
