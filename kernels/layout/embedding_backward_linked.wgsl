// embedding_backward_linked: d_table[r, j] = Σ d_y[i, j] over the positions i with indices[i] = r, in order
//
//   indices  [n]     i32
//   links    [n, 2]  i32, from embedding_links
//   d_y      [n, e]
//   d_table  [v, e]  filled with zeros before (`fill`): rows that no index names are not written
//
// Positions with an index below 0 or from v on give nothing.
//
// A thread owns one (position, column), four columns with vec4. Those of the first position of an index follow its chain and
// write its row, the others return: n · e reads in all, no atomics, a fixed order. Dispatch
// ceil(n · e / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. d_table may not share a buffer with an input. vec4: e
// and the offsets of d_y and d_table are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use layout/lib/embedding.wgsl
// @variant vec4 Element=vec4f LANES=4u

var<storage, read> links: array<i32>;
var<storage, read> d_y: array<Element>;
var<storage, read_write> d_table: array<Element>;

fn own(element: u32) {
  let width = params.e / LANES;
  if (element >= params.n * width) {
    return;
  }
  let first = element / width;
  let column = element % width;
  // A negative index is a huge one when read as u32.
  let row = bitcast<u32>(indices[params.indices_offset + first]);
  if (row >= params.v || links[params.links_offset + 2u * first + 1u] == 0) {
    return;
  }
  var sum = Element();
  for (var position = i32(first); position >= 0; position = links[params.links_offset + 2u * u32(position)]) {
    sum += d_y[params.d_y_offset / LANES + u32(position) * width + column];
  }
  d_table[params.d_table_offset / LANES + row * width + column] = sum;
}
