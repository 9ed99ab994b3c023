// dropout: y[i] = u[i] >= rate ? x[i] / (1 - rate) : 0, u uniform in [0, 1)
//
//   x      [size]
//   y      [size]
//
// u is drawn as elementwise/lib/draws.wgsl says. The backward pass is this kernel on d_y, and draws the same mask again.
//
// What is dropped does not count, NaN included.
//
// A thread owns one element, in the kernel of vectors four. Dispatch ceil(size / WIDTH / WORKGROUP_SIZE) workgroups,
// folded. No barriers. x and y may not share a buffer.
//
// N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014; scaled when
// training, so that inference leaves it out.
//
// @name dropout_{width}
// @each width numbers vectors
// @use lib/by-thread.wgsl
// @use elementwise/lib/draws-{width}.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  rate: f32,
}

var<storage, read> x: array<Real>;
var<storage, read_write> y: array<Real>;

fn own(i: u32) {
  if (i >= params.size / WIDTH) {
    return;
  }
  let kept = uniforms(i) >= Real(params.rate);
  // a rate that rounds to 1 divides by 0, and keeps nothing of it
  y[params.y_offset / WIDTH + i] = select(Real(), x[params.x_offset / WIDTH + i] / (1.0 - params.rate), kept);
}
