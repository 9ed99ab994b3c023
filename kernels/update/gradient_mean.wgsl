// gradient_mean: x ← mean + share · x, in place, or share · x where x begins a mean
//
//   x      [size]  gradients of a batch
//   mean   [size]  the sum of the batches before, each times share
//   guard  words of lib/guard.wgsl: a batch that is to be the first of `every` begins a mean
//
// A thread owns four elements. Dispatch ceil(size / 4 / WORKGROUP_SIZE) workgroups, folded. No barriers. size and the offsets of
// x and mean are multiples of 4; x shares a buffer with nothing.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  every: u32,
  share: f32,
}

var<storage, read_write> x: array<vec4f>;
var<storage, read> mean: array<vec4f>;
var<storage, read> guard: array<u32>;

fn own(i: u32) {
  if (i >= params.size / 4u) {
    return;
  }
  let part = params.share * x[params.x_offset / 4u + i];
  let begins = guard[params.guard_offset + GUARD_BATCHES] % params.every == 0u;
  // whatever stands in a mean that is done with
  x[params.x_offset / 4u + i] = select(mean[params.mean_offset / 4u + i] + part, part, begins);
}
