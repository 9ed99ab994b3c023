// sgd: one step of stochastic gradient descent with momentum, in place
//
//   g  = gradient · min(1, clip_norm / (norm + 1e-6)) + weight_decay · p        clip_norm 0: not clipped
//   u ← momentum·u + (1 - dampening)·g, but u ← g in the first step
//   p ← p - learning_rate · (nesterov ? g + momentum·u : u)
//
//   parameter  [size]  p
//   gradient   [size]
//   velocity   [size]  u
//   hyper      [step, seed_low, seed_high, 0, learning_rate, …]  as bits
//   guard      words of lib/guard.wgsl: the norm of all gradients, the number of updates, and whether the step
//              changes anything: where it does not, nothing here is written
//
// The variant `plain` is for momentum 0: p ← p - learning_rate · g. velocity is bound and not touched; it may be any
// read-write buffer that no other binding has.
//
// A thread owns four elements; size and the offsets of what has that size are multiples of four. Dispatch ceil(size / 4
// / WORKGROUP_SIZE) workgroups, folded. No barriers. parameter and velocity may not share a buffer with each other or
// with another binding.
//
// I. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013, in PyTorch's
// form: the learning rate stands outside the velocity.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl
// @use lib/clip.wgsl
// @variant plain PLAIN=1

override WORKGROUP_SIZE: u32 = 64u;
override PLAIN: bool = false;

struct Params {
  size: u32,
  momentum: f32,
  dampening: f32,
  weight_decay: f32,
  nesterov: u32,
  clip_norm: f32,
  parameter_offset: u32,
  gradient_offset: u32,
  velocity_offset: u32,
  hyper_offset: u32,
  guard_offset: u32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> velocity: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> hyper: array<u32>;
@group(0) @binding(4) var<storage, read> guard: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

fn own(i: u32) {
  if (i >= params.size / 4u || guard[params.guard_offset + GUARD_HOLD] != 0u) {
    return;
  }
  let norm = bitcast<f32>(guard[params.guard_offset + GUARD_NORM]);
  let first = guard[params.guard_offset + GUARD_COUNT] == 1u;
  let learning_rate = bitcast<f32>(hyper[params.hyper_offset + 4u]);

  let p = parameter[params.parameter_offset / 4u + i];
  let g = gradient[params.gradient_offset / 4u + i] * clip_factor(norm, params.clip_norm)
    + params.weight_decay * p;
  var direction = g;
  if (!PLAIN) {
    var u = g;
    if (!first) {
      u = params.momentum * velocity[params.velocity_offset / 4u + i] + (1.0 - params.dampening) * g;
    }
    velocity[params.velocity_offset / 4u + i] = u;
    direction = select(u, g + params.momentum * u, params.nesterov != 0u);
  }
  parameter[params.parameter_offset / 4u + i] = p - learning_rate * direction;
}
