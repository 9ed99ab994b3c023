// fold: sums over windows, y[b, s, i] = Σ x[b, t, k, i] over the k and t with t · stride + k · dilation - before = s: the gradient
// of `unfold`, in the order of k
//
//   x  [batch, steps, window, inner]
//   y  [batch, length, inner]
//
// A thread owns one element of y (four with vec4). Dispatch ceil(batch · length · inner / LANES / WORKGROUP_SIZE) workgroups,
// folded: size counts these. No barriers. x and y may not share a buffer. vec4: inner and the offsets are multiples of 4.
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
  let row = element / width;
  let first = row / params.length * params.steps;
  let place = row % params.length + params.before;
  var sum = Element();
  for (var k = 0u; k < params.window; k += 1u) {
    let behind = k * params.dilation;
    if (behind > place) {
      break;
    }
    let t = (place - behind) / params.stride;
    if (t * params.stride == place - behind && t < params.steps) {
      sum += x[params.x_offset / LANES + ((first + t) * params.window + k) * width + element % width];
    }
  }
  y[params.y_offset / LANES + element] = sum;
}
