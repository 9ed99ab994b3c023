// The weights of recurrent/lib/lanes/tile.wgsl, [units, k] for each sum, four numbers of four units at a time.
//
// @use recurrent/lib/fours.wgsl
// @use recurrent/lib/lanes/apart.wgsl
// @use recurrent/lib/lanes/fours.wgsl

// Where those of four units begin, one behind the other. Units past the last repeat it.
fn weights_of_sum(sum: u32, four: u32, part: u32) -> vec4<u32> {
  let own = min(four, params.hidden_size / 4u - 1u);
  return weights_start(sum) / 4u + (4u * own + vec4<u32>(0, 1, 2, 3)) * (row_size(sum) / 4u);
}

fn four_weights(at: vec4<u32>, k: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(load_weight(at.x + k), load_weight(at.y + k), load_weight(at.z + k), load_weight(at.w + k)));
}
