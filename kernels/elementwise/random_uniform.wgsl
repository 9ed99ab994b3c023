// random_uniform: y[i] = u, uniform in [0, 1)
//
//   hyper  [step, seed_low, seed_high, …]  as bits
//   y      [size]
//
// key = threefry(seed, (stream, step)); u[i] = threefry(key, (counter_base + i, 0)), as dropout draws. Inside a loop,
// counter_base = iteration · size sets the iterations apart.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @use lib/by-element.wgsl
// @use lib/random.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  stream: u32,
  counter_base: u32,
}

var<storage, read> hyper: array<u32>;
var<storage, read_write> y: array<f32>;

fn own(i: u32) {
  let step = hyper[params.hyper_offset];
  let seed = vec2u(hyper[params.hyper_offset + 1u], hyper[params.hyper_offset + 2u]);
  let key = threefry2x32(seed, vec2u(params.stream, step));
  y[params.y_offset + i] = uniform01(threefry2x32(key, vec2u(params.counter_base + i, 0u)).x);
}
