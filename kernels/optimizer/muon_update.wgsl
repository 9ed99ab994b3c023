// muon_update: one step along an orthogonal direction, in place
//
//   p ← p · (1 - learning_rate · weight_decay) - learning_rate · scale · direction
//
//   parameter  [size]
//   direction  [size]
//   hyper      [step, seed_low, seed_high, 0, learning_rate, …]  as bits
//   guard      words of lib/guard.wgsl; nothing is done in steps without an update
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. parameter may not share a
// buffer with another binding.
//
// @use lib/by-element.wgsl
// @use lib/guard.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  weight_decay: f32,
  scale: f32,
}

var<storage, read_write> parameter: array<f32>;
var<storage, read> direction: array<f32>;
var<storage, read> hyper: array<u32>;
var<storage, read> guard: array<u32>;

fn own(i: u32) {
  if (guard[params.guard_offset + GUARD_IDLE] != 0u) {
    return;
  }
  let rate = bitcast<f32>(hyper[params.hyper_offset + 4u]);
  let p = parameter[params.parameter_offset + i];
  parameter[params.parameter_offset + i] =
    p - rate * params.weight_decay * p - rate * params.scale * direction[params.direction_offset + i];
}
