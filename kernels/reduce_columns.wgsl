// reduce_columns: y[o, c, j] = scale · reduce over i in chunk c of x[o, i, j]
//
//   x  [outer, n, inner]
//   y  [outer, chunks, inner]
//
// Chunk c holds i from c·chunk_size up to, not including, min(n, (c + 1)·chunk_size). The variant names the reduction:
// sum, maximum, minimum, or sum_squares, the sum of x². One chunk of size n reduces in one go; where outer · inner is
// too small to fill the adapter, a first dispatch with several chunks and a second over the chunks do (sum_squares is
// followed by sum).
//
// A thread owns one element of y; neighbouring threads read neighbouring elements of x. It reduces BLOCK elements at a
// time and then these results: the rounding error of a sum grows with the length of the chain. Dispatch
// ceil(outer · chunks · inner / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not share a buffer.
//
// @use lib/linear.wgsl
// @variant sum OP=0
// @variant maximum OP=1
// @variant minimum OP=2
// @variant sum_squares OP=3

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
  x_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn neutral() -> f32 {
  switch (OP) {
    case 1u: { return -3.4e38; }
    case 2u: { return 3.4e38; }
    default: { return 0.0; }
  }
}

fn accumulate(result: f32, value: f32) -> f32 {
  switch (OP) {
    case 1u: { return max(result, value); }
    case 2u: { return min(result, value); }
    case 3u: { return result + value * value; }
    default: { return result + value; }
  }
}

// Two results into one: squares are summed only once.
fn combine(left: f32, right: f32) -> f32 {
  switch (OP) {
    case 1u: { return max(left, right); }
    case 2u: { return min(left, right); }
    default: { return left + right; }
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let element = linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
  if (element >= params.outer * params.chunks * params.inner) {
    return;
  }
  let column = element % params.inner;
  let chunk = (element / params.inner) % params.chunks;
  let outer = element / params.inner / params.chunks;

  let end = min(params.n, (chunk + 1u) * params.chunk_size);
  let first = params.x_offset + outer * params.n * params.inner + column;
  var result = neutral();
  for (var block = chunk * params.chunk_size; block < end; block += BLOCK) {
    let block_end = min(end, block + BLOCK);
    var part = neutral();
    for (var i = block; i < block_end; i++) {
      part = accumulate(part, x[first + i * params.inner]);
    }
    result = combine(result, part);
  }
  y[params.y_offset + element] = params.scale * result;
}
