// embedding_backward: d_table[r, j] = Σ d_y[i, j] over the positions i with indices[i] = r, in order
//
//   indices  [n]     i32
//   d_y      [n, e]
//   d_table  [v, e]  every row is written
//
// Positions with an index below 0 or from v on give nothing.
//
// A thread owns one element of d_table (four with vec4) and looks at all n indices: no atomics, a fixed order, and
// n · v · e / LANES reads. Where these are many see embedding_links and embedding_backward_linked. Dispatch
// ceil(v · e / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. d_table may not share a buffer with an input. vec4: e
// and the offsets of d_y and d_table are multiples of 4.
//
// @use lib/by-thread.wgsl
// @variant vec4 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  n: u32,
  v: u32,
  e: u32,
  indices_offset: u32,
  d_y_offset: u32,
  d_table_offset: u32,
}

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read> d_y: array<Element>;
@group(0) @binding(2) var<storage, read_write> d_table: array<Element>;
@group(0) @binding(3) var<uniform> params: Params;

fn own(element: u32) {
  let width = params.e / LANES;
  if (element >= params.v * width) {
    return;
  }
  let row = i32(element / width);
  let column = element % width;
  var sum = Element();
  for (var i = 0u; i < params.n; i++) {
    if (indices[params.indices_offset + i] == row) {
      sum += d_y[params.d_y_offset / LANES + i * width + column];
    }
  }
  d_table[params.d_table_offset / LANES + element] = sum;
}
