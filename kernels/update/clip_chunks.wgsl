// clip_chunks: x = x · min(1, limit / (norm + 1e-6)) in place, norm being that of the parameter's gradient
//
//   x         gradients in chunks (update/lib/chunks.wgsl); their words: the first of the parameter's chunks, and its last plus 1
//   partials  [chunks]  of chunk_squares
//
// Where the norm is NaN, x stays: the NaN is in it, and nothing comes into the padding, which later norms are of, too.
//
// Each chunk adds up its parameter's partials. It goes to a workgroup or to a thread. x shares a buffer with nothing.
//
// @name clip_chunks_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/clip.wgsl
// @use lib/numbers.wgsl
// @use update/lib/chunks.wgsl

struct Params {
  limit: f32,
}

var<storage, read> partials: array<f32>;
var<storage, read_write> x: array<vec4f>;

fn own_row(row: u32, first: u32) {
  if (row >= params.chunks) {
    return;
  }
  let chunk = chunk_at(row);
  var squares = 0.0;
  for (var i = chunk.z + first; i < chunk.w; i += STRIDE) {
    squares += partials[params.partials_offset + i];
  }
  let norm = sqrt(row_sum(first, squares));
  if (is_nan(norm)) {
    return;
  }
  let factor = clip_factor(norm, params.limit);
  for (var i = chunk.x + first; i < chunk.y; i += STRIDE) {
    x[params.x_offset / 4u + i] *= factor;
  }
}
