// Biases of their own of the products with weight_hh: bias_hh [GATES · hidden], where has_bias is 1.

struct Params {
  has_bias: u32,
}

var<storage, read> bias_hh: array<Real>;
