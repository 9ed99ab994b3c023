// Adds up the parts of a matrix product whose sum over k was split (matmul/tiles.wgsl), always in the same order.
//
//   y[i] = Σ_s parts[s, i] + bias[i mod n]
//
// parts [splits, size], size = batch · m · n
// bias  [n]; not read where has_bias is 0
// y     [size]
//
// One thread owns one element of y. Dispatch ceil(size / 64) workgroups, folded.
// Preconditions: none. y aliases nothing. No barriers.
//
// @use lib/by-element.wgsl

struct Params {
  size: u32,
  n: u32,
  splits: u32,
  has_bias: u32,
}

var<storage, read> parts: array<f32>;
var<storage, read> bias: array<f32>;
var<storage, read_write> y: array<f32>;

const WORKGROUP_SIZE: u32 = 64;

fn own(index: u32) {
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) {
    sum += parts[params.parts_offset + s * params.size + index];
  }
  if (params.has_bias != 0u) {
    sum += bias[params.bias_offset + index % params.n];
  }
  y[params.y_offset + index] = sum;
}
