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
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not
// share a buffer.
//
// @use lib/by-element.wgsl
// @use lib/unary.wgsl
// @variant copy OP=0
// @variant neg OP=1
// @variant abs OP=2
// @variant sign OP=3
// @variant exp OP=4
// @variant log OP=5
// @variant sqrt OP=6
// @variant rsqrt OP=7
// @variant reciprocal OP=8
// @variant square OP=9
// @variant sin OP=10
// @variant cos OP=11
// @variant tanh OP=12
// @variant sigmoid OP=13
// @variant hard_sigmoid OP=14
// @variant relu OP=15
// @variant leaky_relu OP=16
// @variant softplus OP=17
// @variant affine OP=18
// @variant pow OP=19
// @variant clamp OP=20
// @variant elu OP=21
// @variant gelu OP=22
// @variant gelu_tanh OP=23
// @variant silu OP=24

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
  x_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn own(i: u32) {
  y[params.y_offset + i] = apply(x[params.x_offset + i]);
}
