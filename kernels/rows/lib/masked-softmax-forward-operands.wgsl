// What masked_softmax_forward and masked_softmax_forward_serial are given, whose headers say what it is.

struct Params {
  rows: u32,
  n: u32,
  repeat: u32,
  mask_rows: u32,
  x_offset: u32,
  mask_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;
