// dropout: y[i] = u[i] >= rate ? x[i] / (1 - rate) : 0, u uniform in [0, 1)
//
//   x      [size]
//   hyper  [step, seed_low, seed_high, …]  as bits
//   y      [size]
//
// key = threefry(seed, (stream, step)); u[i] = threefry(key, (counter_base + i, 0)). Nothing is stored: the backward
// pass is this kernel on d_y with the same stream and counter_base, and draws the same mask again. Inside a loop,
// counter_base = iteration · size sets the iterations apart.
//
// What is dropped does not count, NaN included.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not
// share a buffer.
//
// N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014; scaled when
// training, so that inference leaves it out.
//
// @use lib/by-element.wgsl
// @use lib/random.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  stream: u32,
  counter_base: u32,
  rate: f32,
}

var<storage, read> x: array<f32>;
var<storage, read> hyper: array<u32>;
var<storage, read_write> y: array<f32>;

fn own(i: u32) {
  let step = hyper[params.hyper_offset];
  let seed = vec2u(hyper[params.hyper_offset + 1u], hyper[params.hyper_offset + 2u]);
  let key = threefry2x32(seed, vec2u(params.stream, step));
  let u = uniform01(threefry2x32(key, vec2u(params.counter_base + i, 0u)).x);

  // With rate 1 the first branch, and its division by 0, is never taken.
  if (u >= params.rate) {
    y[params.y_offset + i] = x[params.x_offset + i] / (1.0 - params.rate);
  } else {
    y[params.y_offset + i] = 0.0;
  }
}
