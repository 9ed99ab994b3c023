// The weights of recurrent/lib/lanes/tile.wgsl, [units, k] for each sum, a number of four units at a time.
//
// @use recurrent/lib/lanes/apart.wgsl
// @use recurrent/lib/lanes/numbers.wgsl
// @use recurrent/lib/lanes/weights-numbers.wgsl

fn start_of_weights(sum: u32, unit: u32) -> u32 {
  return weights_start(sum) + unit * row_size(sum);
}

fn weights_stride() -> u32 {
  return 1u;
}
