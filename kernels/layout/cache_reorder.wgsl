// cache_reorder: one of the two copies that give sequence b what sequence parents[b] has.
//
//   gather (default)    y[b, h, t, :] = x[parents[b], h, t, :]
//   put back            y[b, h, t, :] = x[b, h, t, :]
//
//   x, y     [batch, heads, capacity, width] of any 4-byte type, as bits
//   parents  [batch] of i32; values outside 0 … batch - 1 count as b
//   lengths  [batch] of i32, of the sequences as they were; not read where has_lengths is 0
//
// Only t < lengths[parents[b]] are moved, and nothing where parents[b] is b: neither copy writes such elements, which stay
// what they are. A thread owns the element (h, t, d) of one sequence; size = batch · heads · capacity · width. Dispatch
// ceil(size / 64) workgroups, folded. No barriers. x and y may not share a buffer.
//
// @use lib/by-element.wgsl
// @variant back BACK=1

override WORKGROUP_SIZE: u32 = 64u;
override BACK: bool = false;

struct Params {
  size: u32,
  batch_size: u32,
  heads: u32,
  capacity: u32,
  width: u32,
  has_lengths: u32,
}

var<storage, read> x: array<u32>;
var<storage, read> parents: array<i32>;
var<storage, read> lengths: array<i32>;
var<storage, read_write> y: array<u32>;

fn own(n: u32) {
  let t = n / params.width % params.capacity;
  let each = params.heads * params.capacity * params.width;
  let b = n / each;
  let parent = parents[params.parents_offset + b];
  if (parent < 0 || parent >= i32(params.batch_size) || u32(parent) == b) {
    return;
  }
  if (params.has_lengths != 0u && i32(t) >= lengths[params.lengths_offset + u32(parent)]) {
    return;
  }
  var source = n;
  if (!BACK) {
    source = n - b * each + u32(parent) * each;
  }
  y[params.y_offset + n] = x[params.x_offset + source];
}
