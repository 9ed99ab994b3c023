// fold: sums over windows, y[b, s, i] = Σ x[b, t, k, i] over the k and t with t · stride + k · dilation - before = s: the gradient
// of `unfold`, in the order of k
//
//   x  [batch, steps, window, inner]
//   y  [batch, length, inner]
//
// Dispatch ceil(batch · length · inner / LANES / WORKGROUP_SIZE) workgroups, folded. The rest is in layout/lib/windows.wgsl.
//
// @use layout/lib/windows.wgsl
// @variant vec4 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

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
