// elementwise_unary_backward: d_x[i] = d_y[i] · f'(x[i])
//
//   d_y    [size]
//   saved  [size]  y = f(x) for exp, sqrt, rsqrt, reciprocal, tanh, sigmoid, relu; x for every other f
//   d_x    [size]
//
// The variant names f, with alpha and beta as in elementwise_unary. (copy, neg and affine need no kernel of their own:
// their derivative is a number.) Where f has a kink: 0 for abs, relu and hard_sigmoid, 1 at both ends of clamp, alpha
// for leaky_relu and elu.
//
// A thread owns one element, in the kernel of vectors four. Dispatch ceil(size / WIDTH / WORKGROUP_SIZE) workgroups, folded. No barriers. d_x may not share a
// buffer with an input.
//
// @name elementwise_unary_{width}_backward
// @each width numbers vectors
// @use lib/by-thread.wgsl
// @use elementwise/lib/unary-backward.wgsl
// @use elementwise/lib/{width}.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
}

var<storage, read> d_y: array<Real>;
var<storage, read> saved: array<Real>;
var<storage, read_write> d_x: array<Real>;

fn own(i: u32) {
  if (i >= params.size / WIDTH) {
    return;
  }
  d_x[params.d_x_offset / WIDTH + i] = d_y[params.d_y_offset / WIDTH + i] * applied(saved[params.saved_offset / WIDTH + i]);
}
