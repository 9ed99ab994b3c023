// What mask_steps and reverse_sequence are given, whose headers say what it is.

struct Params {
  size: u32,
  batch_size: u32,
  inner: u32,
}

var<storage, read> x: array<u32>;
var<storage, read> lengths: array<i32>;
var<storage, read_write> y: array<u32>;
