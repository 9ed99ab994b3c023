// penalize_chunks: g = g + d/dp (l1 · Σ|p| + l2 · Σp²) = g + l1 · sign(p) + 2 · l2 · p, in place
//
//   gradient   g, in chunks (update/lib/chunks.wgsl); their words: the bits of l1 and l2
//   parameter  p, in the same ones
//
// The sign of 0 is 0. A chunk goes to a workgroup or to a thread. No barriers. gradient shares a buffer with nothing.
//
// @name penalize_chunks_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use update/lib/chunks.wgsl

var<storage, read> parameter: array<vec4f>;
var<storage, read_write> gradient: array<vec4f>;

fn own_row(row: u32, first: u32) {
  if (row >= params.chunks) {
    return;
  }
  let chunk = chunk_at(row);
  let l1 = bitcast<f32>(chunk.z);
  let l2 = bitcast<f32>(chunk.w);
  for (var i = chunk.x + first; i < chunk.y; i += STRIDE) {
    let p = parameter[params.parameter_offset / 4u + i];
    // what is no number is none of the three, and stays
    let slope = select(select(select(p, vec4f(0.0), p == vec4f(0.0)), vec4f(-1.0), p < vec4f(0.0)), vec4f(1.0), p > vec4f(0.0));
    // without a penalty an infinite parameter has none
    let more = select(vec4f(), l1 * slope, l1 > 0.0) + select(vec4f(), 2.0 * l2 * p, l2 > 0.0);
    gradient[params.gradient_offset / 4u + i] += more;
  }
}
