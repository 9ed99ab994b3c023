// What the updates of all optimizers are given, and how they begin: nothing is done in steps without an update.
//
//   parameter  [size]  read and written
//   gradient   [size]
//   hyper      [step, seed_low, seed_high, 0, learning_rate, …]  as bits
//   guard      words of lib/guard.wgsl: the norm of all gradients, and whether the step makes an update
//
// The kernel has update(i), for the four elements from 4·i on.
// A thread owns four elements; size and the offsets of what has that size are multiples of four. Dispatch ceil(size / 4
// / WORKGROUP_SIZE) workgroups, folded. No barriers. What is written may not share a buffer with another binding.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl
// @use lib/clip.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  clip_norm: f32,
  clip_value: f32,
}

var<storage, read_write> parameter: array<vec4<f32>>;
var<storage, read> gradient: array<vec4<f32>>;
var<storage, read> hyper: array<u32>;
var<storage, read> guard: array<u32>;

fn own(i: u32) {
  if (i < params.size / 4u && guard_word(GUARD_IDLE) == 0u) {
    update(i);
  }
}

fn guard_word(word: u32) -> u32 {
  return guard[params.guard_offset + word];
}

fn learning_rate() -> f32 {
  return bitcast<f32>(hyper[params.hyper_offset + 4u]);
}

// gradient · min(1, clip_norm / (norm + 1e-6)), then between -clip_value and clip_value; 0: not clipped.
fn clipped_gradient(i: u32) -> vec4<f32> {
  let factor = clip_factor(bitcast<f32>(guard_word(GUARD_NORM)), params.clip_norm);
  return clip_to(gradient[params.gradient_offset / 4u + i] * factor, params.clip_value);
}
