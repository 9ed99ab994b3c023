// select: y[i] = condition[i] != 0 ? a[i] : b[i]
//
//   condition  [size]  f32, as comparisons give it
//   a          [size]  f32; i32 with `integer`
//   b          [size]
//   y          [size]
//
// With `lot` the condition is a number drawn from [0, 1): b is taken where it is < below, or ≥ low and < high, else a.
// What is not chosen does not count, NaN included.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share buffers, y
// must be another.
//
// @use lib/by-element.wgsl
// @variant integer T=i32
// @variant lot BY_LOT=true

alias T = f32; // @specialize

override WORKGROUP_SIZE: u32 = 64u;
override BY_LOT: bool = false;

struct Params {
  size: u32,
  below: f32,
  low: f32,
  high: f32,
}

var<storage, read> condition: array<f32>;
var<storage, read> a: array<T>;
var<storage, read> b: array<T>;
var<storage, read_write> y: array<T>;

fn own(i: u32) {
  let c = condition[params.condition_offset + i];
  let falls = c < params.below || (c >= params.low && c < params.high);
  let chosen = !select(c == 0.0, falls, BY_LOT); // NaN is not 0
  y[params.y_offset + i] = select(b[params.b_offset + i], a[params.a_offset + i], chosen);
}
