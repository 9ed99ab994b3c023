// to_float16: numbers of 16 bits, two in a word
//
//   x  [size]  f32
//   y  [size]  float16; ceil(size / 2) words are written, a last half that belongs to no element as 0
//
// From ±65520 on, half a step beyond the largest finite number, ±∞; how halves are rounded is the adapter's choice among the
// two nearest. NaN stays NaN. WGSL leaves open what pack2x16float makes of all these, so their bits are put in here.
//
// A thread owns four elements. Dispatch ceil(ceil(size / 4) / WORKGROUP_SIZE) workgroups, folded. No barriers. y may not share a
// buffer with x. Preconditions: y_offset is a multiple of 4, and so many words follow it.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> y: array<u32>;

const LARGEST = 65504.0;
const INFINITE_FROM = 0x477ff000u; // the bits of 65520
const INFINITY = 0x7f800000u;

fn element(i: u32) -> f32 {
  if (i >= params.size) {
    return 0.0;
  }
  return x[params.x_offset + i];
}

fn half(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude >= INFINITE_FROM) {
    return ((bits >> 16u) & 0x8000u) | select(0x7c00u, 0x7e00u, magnitude > INFINITY);
  }
  return pack2x16float(vec2f(clamp(value, -LARGEST, LARGEST), 0.0)) & 0xffffu;
}

fn word_of(i: u32) -> u32 {
  return half(element(i)) | (half(element(i + 1u)) << 16u);
}

fn own(index: u32) {
  let i = 4u * index;
  let word = (params.y_offset + i) / 2u;
  if (i < params.size) {
    y[word] = word_of(i);
  }
  if (i + 2u < params.size) {
    y[word + 1u] = word_of(i + 2u);
  }
}
