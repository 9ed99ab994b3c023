// rmsprop: one step of RMSprop with momentum, in place
//
//   g  = gradient · min(1, clip_norm / (norm + 1e-6)) + weight_decay · p        clip_norm 0: not clipped
//   s ← smoothing·s + (1 - smoothing)·g²
//   u ← momentum·u + g / (√s + epsilon)
//   p ← p - learning_rate · u
//
//   parameter       [size]  p
//   gradient        [size]
//   square_average  [size]  s, 0 before the first step
//   velocity        [size]  u, 0 before the first step; not touched where momentum is 0
//   hyper           [step, seed_low, seed_high, 0, learning_rate, …]  as bits
//   guard           words of lib/guard.wgsl: the norm of all gradients, and whether the step
//                   changes anything: where it does not, nothing here is written
//
// A thread owns four elements; size and the offsets of what has that size are multiples of four. Dispatch ceil(size / 4
// / WORKGROUP_SIZE) workgroups, folded. No barriers. parameter, square_average and velocity may not share a buffer with
// each other or with another binding.
//
// T. Tieleman, G. Hinton, "Neural networks for machine learning", lecture 6.5, 2012. In PyTorch's form, where smoothing
// is called alpha, and epsilon stands outside the root.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl
// @use lib/clip.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  smoothing: f32,
  epsilon: f32,
  weight_decay: f32,
  momentum: f32,
  clip_norm: f32,
  parameter_offset: u32,
  gradient_offset: u32,
  square_average_offset: u32,
  velocity_offset: u32,
  hyper_offset: u32,
  guard_offset: u32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> square_average: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> velocity: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> hyper: array<u32>;
@group(0) @binding(5) var<storage, read> guard: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

fn own(i: u32) {
  if (i >= params.size / 4u || guard[params.guard_offset + GUARD_HOLD] != 0u) {
    return;
  }
  let norm = bitcast<f32>(guard[params.guard_offset + GUARD_NORM]);
  let learning_rate = bitcast<f32>(hyper[params.hyper_offset + 4u]);

  let p = parameter[params.parameter_offset / 4u + i];
  let g = gradient[params.gradient_offset / 4u + i] * clip_factor(norm, params.clip_norm)
    + params.weight_decay * p;
  let square = params.smoothing * square_average[params.square_average_offset / 4u + i] + (1.0 - params.smoothing) * g * g;
  square_average[params.square_average_offset / 4u + i] = square;
  var u = g / (sqrt(square) + params.epsilon);
  if (params.momentum != 0.0) {
    u += params.momentum * velocity[params.velocity_offset / 4u + i];
    velocity[params.velocity_offset / 4u + i] = u;
  }
  parameter[params.parameter_offset / 4u + i] = p - learning_rate * u;
}
