// unfold: windows of a sequence, y[b, t, k, i] = x[b, t · stride + k · dilation - before, i], 0 where x has no such step
//
//   x  [batch, length, inner]
//   y  [batch, steps, window, inner]
//
// A thread owns one element of y (four with vec4). Dispatch ceil(batch · steps · window · inner / LANES / WORKGROUP_SIZE)
// workgroups, folded: size counts these. No barriers. x and y may not share a buffer. vec4: inner and the offsets are multiples
// of 4.
//
// @use lib/by-element.wgsl
// @variant vec4 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  length: u32,
  steps: u32,
  window: u32,
  inner: u32,
  stride: u32,
  dilation: u32,
  before: u32,
}

var<storage, read> x: array<Element>;
var<storage, read_write> y: array<Element>;

fn own(element: u32) {
  let width = params.inner / LANES;
  let row = element / width / params.window;
  let place = row % params.steps * params.stride + element / width % params.window * params.dilation;
  var value = Element();
  if (place >= params.before && place - params.before < params.length) {
    let step = row / params.steps * params.length + place - params.before;
    value = x[params.x_offset / LANES + step * width + element % width];
  }
  y[params.y_offset / LANES + element] = value;
}
