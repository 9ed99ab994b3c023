// chunk_squares: partials[chunk] = Σ x² over a chunk
//
//   x         numbers in chunks (update/lib/chunks.wgsl)
//   partials  [chunks]
//
// A chunk goes to a workgroup or to a thread. x and partials may not share a buffer.
//
// @name chunk_squares_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use update/lib/chunks.wgsl

var<storage, read> x: array<vec4f>;
var<storage, read_write> partials: array<f32>;

fn own_row(row: u32, first: u32) {
  if (row >= params.chunks) {
    return;
  }
  let chunk = chunk_at(row);
  var squares = vec4f();
  for (var i = chunk.x + first; i < chunk.y; i += STRIDE) {
    let value = x[params.x_offset / 4u + i];
    squares += value * value;
  }
  let sum = row_sum(first, squares.x + squares.y + squares.z + squares.w);
  if (first == 0u) {
    partials[params.partials_offset + row] = sum;
  }
}
