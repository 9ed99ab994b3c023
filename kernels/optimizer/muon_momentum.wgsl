// muon_momentum: the direction in which one matrix is to be moved, not yet orthogonal
//
//   g  = the gradient, clipped (lib/clip.wgsl)
//   m ← momentum·m + (1 - momentum)·g
//   direction = nesterov ? momentum·m + (1 - momentum)·g : m
//
//   gradient   [size]
//   guard      words of lib/guard.wgsl
//   m          [size]  0 before the first step; not touched in steps without an update
//   direction  [size]  written in every step, so that what is made of it is a number
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. What is written may not
// share a buffer with another binding.
//
// K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024, in PyTorch's form.
//
// @use lib/by-element.wgsl
// @use lib/guard.wgsl
// @use lib/clip.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  momentum: f32,
  nesterov: u32,
  clip_norm: f32,
  clip_value: f32,
}

var<storage, read> gradient: array<f32>;
var<storage, read> guard: array<u32>;
var<storage, read_write> m: array<f32>;
var<storage, read_write> direction: array<f32>;

fn own(i: u32) {
  let factor = clip_factor(bitcast<f32>(guard[params.guard_offset + GUARD_NORM]), params.clip_norm);
  let g = clip_to(vec4f(gradient[params.gradient_offset + i] * factor), params.clip_value).x;
  let mean = params.momentum * m[params.m_offset + i] + (1.0 - params.momentum) * g;
  if (guard[params.guard_offset + GUARD_IDLE] == 0u) {
    m[params.m_offset + i] = mean;
  }
  let ahead = params.momentum * mean + (1.0 - params.momentum) * g;
  direction[params.direction_offset + i] = select(mean, ahead, params.nesterov != 0u);
}
