// What the two backward kernels of attention for software adapters share.
//
// The kernel has the bindings v and d_y as vec4 and stats [rows, 2] beside those of attention/lib/tiles.wgsl.
//
// @use attention/lib/pairs.wgsl
// @use attention/lib/tiles.wgsl

// Gradients of queries' results from `row` on times v from `key` on: the gradients of the weights.
fn d_y_times_v(d_y_base: u32, row: u32, v_base: u32, key: u32) -> Tile {
  let d4 = params.value_dim / 4u;
  let a = rows_from(d_y_base, row, params.queries - 1u, d4);
  let b = rows_from(v_base, key, params.keys - 1u, d4);
  var top_left = mat4x4f();
  var top_right = mat4x4f();
  var bottom_left = mat4x4f();
  var bottom_right = mat4x4f();
  for (var d = 0u; d < d4; d++) {
    let top = mat4x4f(d_y[a.low.x + d], d_y[a.low.y + d], d_y[a.low.z + d], d_y[a.low.w + d]);
    let bottom = mat4x4f(d_y[a.high.x + d], d_y[a.high.y + d], d_y[a.high.z + d], d_y[a.high.w + d]);
    let left = transpose(mat4x4f(v[b.low.x + d], v[b.low.y + d], v[b.low.z + d], v[b.low.w + d]));
    let right = transpose(mat4x4f(v[b.high.x + d], v[b.high.y + d], v[b.high.z + d], v[b.high.w + d]));
    top_left += left * top;
    top_right += right * top;
    bottom_left += left * bottom;
    bottom_right += right * bottom;
  }
  return Tile(top_left, top_right, bottom_left, bottom_right);
}
