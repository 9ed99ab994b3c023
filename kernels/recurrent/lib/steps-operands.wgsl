// What mask_steps and reverse_sequence are given, whose headers say what it is.

struct Params {
  size: u32,
  batch_size: u32,
  inner: u32,
  x_offset: u32,
  lengths_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> lengths: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;
