// weighted_pairs: y[0, i] = weight · x[i], y[1, i] = weight, so that one reduction gives the two sums of a weighted mean
//
//   x        [size]
//   weights  [size]     not read where weighted is 0: then each element has weight 1
//   y        [2, size]  what has weight 0 is 0, whatever it is
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share buffers, y
// must be another.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  weighted: u32,
}

var<storage, read> x: array<f32>;
var<storage, read> weights: array<f32>;
var<storage, read_write> y: array<f32>;

fn own(i: u32) {
  var weight = 1.0;
  if (params.weighted != 0u) {
    weight = weights[params.weights_offset + i];
  }
  y[params.y_offset + i] = select(weight * x[params.x_offset + i], 0.0, weight == 0.0);
  y[params.y_offset + params.size + i] = weight;
}
