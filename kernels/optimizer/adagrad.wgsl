// adagrad: one step of Adagrad, in place
//
//   g  = gradient · min(1, clip_norm / (norm + 1e-6)) + weight_decay · p        clip_norm 0: not clipped
//   s ← s + g²
//   p ← p - learning_rate · g / (√s + epsilon)
//
//   parameter    [size]  p
//   gradient     [size]
//   accumulator  [size]  s; before the first step 0, or the initial value of the user's choice
//   hyper        [step, seed_low, seed_high, 0, learning_rate, …]  as bits
//   guard        words of lib/guard.wgsl: the norm of all gradients, and whether the step
//                changes anything: where it does not, nothing here is written
//
// A thread owns four elements; size and the offsets of what has that size are multiples of four. Dispatch ceil(size / 4
// / WORKGROUP_SIZE) workgroups, folded. No barriers. parameter and accumulator may not share a buffer with each other
// or with another binding.
//
// J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR
// 2011. In PyTorch's form, epsilon outside the root; decay of the learning rate is the host's.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl
// @use lib/clip.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  epsilon: f32,
  weight_decay: f32,
  clip_norm: f32,
  parameter_offset: u32,
  gradient_offset: u32,
  accumulator_offset: u32,
  hyper_offset: u32,
  guard_offset: u32,
}

@group(0) @binding(0) var<storage, read_write> parameter: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> accumulator: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> hyper: array<u32>;
@group(0) @binding(4) var<storage, read> guard: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

fn own(i: u32) {
  if (i >= params.size / 4u || guard[params.guard_offset + GUARD_HOLD] != 0u) {
    return;
  }
  let norm = bitcast<f32>(guard[params.guard_offset + GUARD_NORM]);
  let learning_rate = bitcast<f32>(hyper[params.hyper_offset + 4u]);

  let p = parameter[params.parameter_offset / 4u + i];
  let g = gradient[params.gradient_offset / 4u + i] * clip_factor(norm, params.clip_norm)
    + params.weight_decay * p;
  let sum = accumulator[params.accumulator_offset / 4u + i] + g * g;
  accumulator[params.accumulator_offset / 4u + i] = sum;
  parameter[params.parameter_offset / 4u + i] = p - learning_rate * g / (sqrt(sum) + params.epsilon);
}
