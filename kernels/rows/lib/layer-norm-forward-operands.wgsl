// What layer_norm_forward and layer_norm_forward_serial are given, whose headers say what it is.

struct Params {
  rows: u32,
  n: u32,
  has_weight: u32,
  has_bias: u32,
  epsilon: f32,
  x_offset: u32,
  weight_offset: u32,
  bias_offset: u32,
  y_offset: u32,
  stats_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;
