// What softmax_backward and softmax_backward_serial are given, whose headers say what it is.

struct Params {
  rows: u32,
  n: u32,
  y_offset: u32,
  d_y_offset: u32,
  d_x_offset: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> d_y: array<f32>;
@group(0) @binding(2) var<storage, read_write> d_x: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;
