// cast: y[i] = x[i] as another type
//
//   x  [size]  f32; i32 with to_float32
//   y  [size]  i32; f32 with to_float32
//
// To i32: rounded toward zero, NaN gives 0, what is outside gives the nearest end, -2³¹ or 2³¹ - 1. To f32: the nearest number.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not share a
// buffer.
//
// @use lib/by-element.wgsl
// @variant to_float32 From=i32 To=f32 convert=f32(value)

alias From = f32; // @specialize
alias To = i32; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read> x: array<From>;
var<storage, read_write> y: array<To>;

fn truncated(value: f32) -> i32 {
  let bits = bitcast<u32>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return 0; // NaN, by its bits: compilers may assume that there is none
  }
  if ((bits & 0x7fffffffu) >= 0x4f000000u) {
    return select(0x7fffffff, -0x7fffffff - 1, bits >= 0x80000000u); // 2³¹ and beyond
  }
  return i32(value);
}

fn convert(value: From) -> To { return truncated(value); } // @specialize

fn own(i: u32) {
  y[params.y_offset + i] = convert(x[params.x_offset + i]);
}
