// random_uniform: y[i] = u[i], uniform in [0, 1)
//
//   y  [size]
//
// u is drawn as elementwise/lib/draws.wgsl says.
//
// A thread owns one element, in the kernel of vectors four. Dispatch ceil(size / WIDTH / WORKGROUP_SIZE) workgroups,
// folded. No barriers.
//
// @name random_uniform_{width}
// @each width numbers vectors
// @use lib/by-thread.wgsl
// @use elementwise/lib/draws-{width}.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read_write> y: array<Real>;

fn own(i: u32) {
  if (i < params.size / WIDTH) {
    y[params.y_offset / WIDTH + i] = uniforms(i);
  }
}
