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
// @use layout/lib/embedding.wgsl
// @variant vec4 Element=vec4f LANES=4u

var<storage, read> d_y: array<Element>;
var<storage, read_write> d_table: array<Element>;

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
