// cumsum: y[o, s, j] = Σ x[o, t, j] over the t up to s, each chunk of the axis from what those before it add up to
//
//   x, y    [outer, n, inner]
//   starts  [outer, chunks, inner]  the sum of all chunks before each; not read where there is one chunk
//
// Chunk c holds the places c · chunk_size up to, not including, min(n, (c + 1) · chunk_size). With exclusive 1 x[s] itself is
// left out. With reverse 1 the sum runs from the end: over the t from s on.
//
// A thread owns one chunk of one column; neighbours read neighbouring columns. Dispatch ceil(outer · chunks · inner /
// WORKGROUP_SIZE) workgroups, folded: size = outer · chunks · inner. No barriers. Inputs may share a buffer, y is another.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  n: u32,
  inner: u32,
  chunks: u32,
  chunk_size: u32,
  exclusive: u32,
  reverse: u32,
}

var<storage, read> x: array<f32>;
var<storage, read> starts: array<f32>;
var<storage, read_write> y: array<f32>;

fn own(i: u32) {
  let row = i / params.inner;
  let first = row % params.chunks * params.chunk_size;
  let count = min(params.chunk_size, params.n - first);
  let place = select(first, first + count - 1u, params.reverse != 0u);
  let step = select(params.inner, 0u - params.inner, params.reverse != 0u); // unsigned numbers wrap, so this steps back
  var at = (row / params.chunks * params.n + place) * params.inner + i % params.inner;

  var sum = 0.0;
  if (params.chunks > 1u) {
    sum = starts[params.starts_offset + i];
  }
  for (var s = 0u; s < count; s += 1u) {
    let before = sum;
    sum += x[params.x_offset + at];
    y[params.y_offset + at] = select(sum, before, params.exclusive != 0u);
    at += step;
  }
}
