// Products of different rows, a number at a time. The weights of each are [units, k], k as long as the product's rows.

alias Real = f32;
const WIDTH: u32 = 1;

// Where the weights of one unit begin.
fn weights_at(product: u32, unit: u32) -> u32 {
  return weights_start(product) + unit * row_size(product);
}
