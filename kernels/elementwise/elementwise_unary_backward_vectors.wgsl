// elementwise_unary_backward_vectors: elementwise_unary_backward of four elements at a time
//
//   d_y    [size]
//   saved  [size]
//   d_x    [size]
//
// A thread owns four elements. Dispatch ceil(size / 4 / WORKGROUP_SIZE) workgroups, folded. No barriers. d_x may not share
// a buffer with an input. size and the offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use lib/unary-backward.wgsl
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
// @variant pow OP=19
// @variant clamp OP=20
// @variant elu OP=21
// @variant gelu OP=22
// @variant gelu_tanh OP=23
// @variant silu OP=24

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 2u;

struct Params {
  size: u32,
  alpha: f32,
  beta: f32,
  d_y_offset: u32,
  saved_offset: u32,
  d_x_offset: u32,
}

@group(0) @binding(0) var<storage, read> d_y: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> saved: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> d_x: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

fn own(i: u32) {
  if (i >= params.size / 4u) {
    return;
  }
  let value = saved[params.saved_offset / 4u + i];
  let slope = vec4<f32>(derivative(value.x), derivative(value.y), derivative(value.z), derivative(value.w));
  d_x[params.d_x_offset / 4u + i] = d_y[params.d_y_offset / 4u + i] * slope;
}
