// unfold: windows of a sequence, y[b, t, k, i] = x[b, t · stride + k · dilation - before, i], 0 where x has no such step
//
//   x  [batch, seq_len, inner]
//   y  [batch, num_windows, window, inner]
//
// Dispatch ceil(batch · num_windows · window · inner / LANES / WORKGROUP_SIZE) workgroups, folded. The rest is in layout/lib/windows.wgsl.
//
// @use layout/lib/windows.wgsl
// @variant vec4 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

fn own(element: u32) {
  let width = params.inner / LANES;
  let row = element / width / params.window;
  let place = row % params.num_windows * params.stride + element / width % params.window * params.dilation;
  var value = Element();
  if (place >= params.before && place - params.before < params.seq_len) {
    let step = row / params.num_windows * params.seq_len + place - params.before;
    value = x[params.x_offset / LANES + step * width + element % width];
  }
  y[params.y_offset / LANES + element] = value;
}
