// cache_write: rows of x into a cache, behind what each sequence has there.
//
//   cache[b, h, position[b] + i, d] = x[b, h, i, d] for d < width, 0 for width <= d < cache_width
//
//   x         [batch, heads, count, width]
//   position  [batch] of i32
//   cache     [batch, heads, capacity, cache_width]; all else in it stays as it is
//
// A thread owns one element of a row of the cache; rows that would lie outside the cache are left out. size = batch · heads ·
// count · cache_width; dispatch ceil(size / 64) workgroups, folded. No barriers. x and cache may not share a buffer.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  heads: u32,
  count: u32,
  width: u32,
  capacity: u32,
  cache_width: u32,
}

var<storage, read> x: array<f32>;
var<storage, read> position: array<i32>;
var<storage, read_write> cache: array<f32>;

fn own(n: u32) {
  let d = n % params.cache_width;
  let row = n / params.cache_width;
  let z = row / params.count;
  let at = position[params.position_offset + z / params.heads] + i32(row % params.count);
  if (at < 0 || at >= i32(params.capacity)) {
    return;
  }
  var value = 0.0;
  if (d < params.width) {
    value = x[params.x_offset + row * params.width + d];
  }
  cache[params.cache_offset + (z * params.capacity + u32(at)) * params.cache_width + d] = value;
}
