// What unfold and fold are given: the windows of a sequence, one side with an element for each place in each window.
//
// A thread owns one element of y (four with vec4: inner and the offsets are multiples of 4); size counts these. No barriers. x and y
// may not share a buffer.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  seq_len: u32,
  num_windows: u32,
  window: u32,
  inner: u32,
  stride: u32,
  dilation: u32,
  before: u32,
}

var<storage, read> x: array<Element>;
var<storage, read_write> y: array<Element>;
