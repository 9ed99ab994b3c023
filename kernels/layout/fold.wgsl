// fold: sums over windows, y[b, s, i] = Σ x[b, t, k, i] over the k and t with t · stride + k · dilation - before = s: the gradient
// of `unfold`, in the order of k
//
//   x  [batch, num_windows, window, inner]
//   y  [batch, seq_len, inner]
//
// Dispatch ceil(batch · seq_len · inner / LANES / WORKGROUP_SIZE) workgroups, folded. The rest is in layout/lib/windows.wgsl.
//
// @use layout/lib/windows.wgsl
// @variant vec4 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

fn own(element: u32) {
  let width = params.inner / LANES;
  let row = element / width;
  let first = row / params.seq_len * params.num_windows;
  let place = row % params.seq_len + params.before;
  var sum = Element();
  for (var k = 0u; k < params.window; k += 1u) {
    let behind = k * params.dilation;
    if (behind > place) {
      break;
    }
    let t = (place - behind) / params.stride;
    if (t * params.stride == place - behind && t < params.num_windows) {
      sum += x[params.x_offset / LANES + ((first + t) * params.window + k) * width + element % width];
    }
  }
  y[params.y_offset / LANES + element] = sum;
}
