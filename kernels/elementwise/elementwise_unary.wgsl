// elementwise_unary: y[i] = f(x[i])
//
//   x  [size]
//   y  [size]
//
// The variant names f. alpha and beta are its parameters: affine alpha·x + beta; power x^alpha; clamp to [alpha, beta];
// hard_sigmoid clamp(alpha·x + beta, 0, 1), as in ONNX (Keras and PyTorch: alpha 1/6, beta 1/2); leaky_relu and elu
// have the slope and scale alpha on the negative side. gelu is x·Φ(x); gelu_tanh its usual approximation by tanh. exp
// overflows to ∞, poles are infinite, the sign of NaN is 0; everything else of NaN is NaN.
//
// A thread owns one element, in the kernel of vectors four. Dispatch ceil(size / WIDTH / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not
// share a buffer.
//
// @name elementwise_unary_{width}
// @each width numbers vectors
// @use lib/by-thread.wgsl
// @use elementwise/lib/unary.wgsl
// @use elementwise/lib/{width}.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
}

var<storage, read> x: array<Real>;
var<storage, read_write> y: array<Real>;

fn own(i: u32) {
  if (i >= params.size / WIDTH) {
    return;
  }
  y[params.y_offset / WIDTH + i] = applied(x[params.x_offset / WIDTH + i]);
}
