// What cross_entropy_forward and cross_entropy_forward_serial are given, whose headers say what it is.

struct Params {
  n: u32,
  v: u32,
  logits_offset: u32,
  targets_offset: u32,
  losses_offset: u32,
  sums_offset: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;
