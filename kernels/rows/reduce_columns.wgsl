// reduce_columns: y[o, c, j] = scale · reduce over i in chunk c of x[o, i, j]
//
//   x  [outer, n, inner]
//   y  [outer, chunks, inner]
//
// Chunk c holds i from c·chunk_size up to, not including, min(n, (c + 1)·chunk_size). The variant names the reduction:
// sum, maximum, minimum, or sum_squares, the sum of x². One chunk of size n reduces in one go; where outer · inner is
// too small to fill the adapter, a first dispatch with several chunks and a second over the chunks do (sum_squares is
// followed by sum).
// A maximum or minimum of which an element is NaN is NaN.
//
// A thread owns one element of y (four with vec4); neighbouring threads read neighbouring elements of x. It reduces BLOCK elements at a
// time and then these results: the rounding error of a sum grows with the length of the chain. Dispatch
// ceil(outer · chunks · inner / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not share a buffer.
// vec4: inner and the offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use lib/numbers.wgsl
// @variant sum OP=0
// @variant maximum OP=1
// @variant minimum OP=2
// @variant sum_squares OP=3
// @variant sum_vec4 OP=0 Element=vec4f LANES=4u larger_of=larger4(left,right) smaller_of=smaller4(left,right)
// @variant maximum_vec4 OP=1 Element=vec4f LANES=4u larger_of=larger4(left,right) smaller_of=smaller4(left,right)
// @variant minimum_vec4 OP=2 Element=vec4f LANES=4u larger_of=larger4(left,right) smaller_of=smaller4(left,right)
// @variant sum_squares_vec4 OP=3 Element=vec4f LANES=4u larger_of=larger4(left,right) smaller_of=smaller4(left,right)

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

const BLOCK = 128u;

struct Params {
  outer: u32,
  n: u32,
  inner: u32,
  chunks: u32,
  chunk_size: u32,
  scale: f32,
}

var<storage, read> x: array<Element>;
var<storage, read_write> y: array<Element>;

fn larger_of(left: Element, right: Element) -> Element { return larger(left, right); } // @specialize
fn smaller_of(left: Element, right: Element) -> Element { return smaller(left, right); } // @specialize

// What a reduction with this first element starts from.
fn start(first: Element) -> Element {
  return select(Element(0.0), first, OP == 1u || OP == 2u);
}

fn accumulate(result: Element, value: Element) -> Element {
  switch (OP) {
    case 1u: { return larger_of(result, value); }
    case 2u: { return smaller_of(result, value); }
    case 3u: { return result + value * value; }
    default: { return result + value; }
  }
}

// Two results into one: squares are summed only once.
fn combine(left: Element, right: Element) -> Element {
  switch (OP) {
    case 1u: { return larger_of(left, right); }
    case 2u: { return smaller_of(left, right); }
    default: { return left + right; }
  }
}

fn own(element: u32) {
  let inner = params.inner / LANES;
  if (element >= params.outer * params.chunks * inner) {
    return;
  }
  let column = element % inner;
  let chunk = (element / inner) % params.chunks;
  let outer = element / inner / params.chunks;

  let end = min(params.n, (chunk + 1u) * params.chunk_size);
  let first = params.x_offset / LANES + outer * params.n * inner + column;
  var result = start(x[first + chunk * params.chunk_size * inner]);
  for (var block = chunk * params.chunk_size; block < end; block += BLOCK) {
    let block_end = min(end, block + BLOCK);
    var part = start(x[first + block * inner]);
    for (var i = block; i < block_end; i++) {
      part = accumulate(part, x[first + i * inner]);
    }
    result = combine(result, part);
  }
  y[params.y_offset / LANES + element] = params.scale * result;
}
