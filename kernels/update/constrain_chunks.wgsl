// constrain_chunks: brings the norm of a whole parameter between bounds, in place, as constrain_norms does those of its vectors
//
//   parameter  numbers in chunks (update/lib/chunks.wgsl); the words of a chunk: where its parameter's bounds begin in `bounds`, 0
//   bounds     [8 · parameters]  the first of the parameter's chunks, its last plus 1, the bits of the least norm, of the largest
//              and of the rate, 0, 0, 0
//   partials   [chunks]  of chunk_squares
//   guard      words of lib/guard.wgsl; nothing is done in steps without an update
//
// Each chunk adds up its parameter's partials. It goes to a workgroup or to a thread. parameter shares a buffer with nothing.
//
// @name constrain_chunks_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/guard.wgsl
// @use update/lib/chunks.wgsl
// @use update/lib/bounds.wgsl

var<storage, read> bounds: array<u32>;
var<storage, read> partials: array<f32>;
var<storage, read> guard: array<u32>;
var<storage, read_write> parameter: array<vec4f>;

fn own_row(row: u32, first: u32) {
  if (row >= params.chunks || guard[params.guard_offset + GUARD_IDLE] != 0u) {
    return;
  }
  let chunk = chunk_at(row);
  let entry = params.bounds_offset + chunk.z;
  let last = bounds[entry + 1u];
  var squares = 0.0;
  for (var i = bounds[entry] + first; i < last; i += STRIDE) {
    squares += partials[params.partials_offset + i];
  }
  let norm = sqrt(row_sum(first, squares));
  let factor = factor_within(
    norm,
    bitcast<f32>(bounds[entry + 2u]),
    bitcast<f32>(bounds[entry + 3u]),
    bitcast<f32>(bounds[entry + 4u]),
  );
  if (factor == 1.0) {
    return;
  }
  for (var i = chunk.x + first; i < chunk.y; i += STRIDE) {
    parameter[params.parameter_offset / 4u + i] *= factor;
  }
}
