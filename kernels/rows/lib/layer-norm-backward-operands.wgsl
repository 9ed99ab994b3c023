// What layer_norm_backward and layer_norm_backward_serial are given, whose headers say what it is.

struct Params {
  rows: u32,
  n: u32,
  has_weight: u32,
  x_offset: u32,
  d_y_offset: u32,
  stats_offset: u32,
  weight_offset: u32,
  d_x_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> d_y: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_x: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;
