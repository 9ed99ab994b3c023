// weight_average: a moving average of weights after an update, a ← a + share · (p - a)
//
//   parameter  [size]  p
//   average    [size]  a; where share is 1 it becomes p, whatever stands there
//   guard      words of lib/guard.wgsl, which has the share; nothing is done in steps without an update
//
// A thread owns four elements. Dispatch ceil(size / 4 / WORKGROUP_SIZE) workgroups, folded. No barriers. size and the offsets of
// parameter and average are multiples of 4; average shares a buffer with nothing.
//
// B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control Optim. 1992, with weights
// that fall off exponentially.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read> parameter: array<vec4f>;
var<storage, read_write> average: array<vec4f>;
var<storage, read> guard: array<u32>;

fn own(i: u32) {
  if (i >= params.size / 4u || guard[params.guard_offset + GUARD_IDLE] != 0u) {
    return;
  }
  let share = bitcast<f32>(guard[params.guard_offset + GUARD_SHARE]);
  let p = parameter[params.parameter_offset / 4u + i];
  let a = average[params.average_offset / 4u + i];
  average[params.average_offset / 4u + i] = select(a + share * (p - a), p, share == 1.0);
}
