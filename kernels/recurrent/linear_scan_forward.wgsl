// linear_scan_forward: h_s = a_s · h_{s-1} + b_s, each chunk of time from its start: last of three passes, or the only one.
//
//   a, b    [length, columns]
//   starts  [chunks, columns]  the state before each chunk, of linear_scan_starts; with one chunk the initial state
//   h       [length, columns]
//
// s counts steps in the order of the recurrence. Steps are rows 0, 1, … of a, b and h; with reverse 1 rows length - 1, … 0.
// Chunk c holds steps from c · chunk_size up to, not including, min(length, (c + 1) · chunk_size).
//
// A thread owns one column (four with vec4) of one chunk; neighbours read neighbouring columns. Dispatch
// ceil(chunks · columns / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share a buffer, h is
// another. vec4: columns and all offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @variant vec4 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  length: u32,
  columns: u32,
  chunks: u32,
  chunk_size: u32,
  reverse: u32,
  a_offset: u32,
  b_offset: u32,
  starts_offset: u32,
  h_offset: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Element>;
@group(0) @binding(1) var<storage, read> b: array<Element>;
@group(0) @binding(2) var<storage, read> starts: array<Element>;
@group(0) @binding(3) var<storage, read_write> h: array<Element>;
@group(0) @binding(4) var<uniform> params: Params;

fn own(i: u32) {
  let columns = params.columns / LANES;
  if (i >= params.chunks * columns) {
    return;
  }
  let first = i / columns * params.chunk_size;
  let steps = min(params.chunk_size, params.length - first);
  let row = select(first, params.length - 1u - first, params.reverse != 0u);
  let stride = select(columns, 0u - columns, params.reverse != 0u); // unsigned numbers wrap, so this steps back
  var at = row * columns + i % columns;

  var state = starts[params.starts_offset / LANES + i];
  for (var s = 0u; s < steps; s++) {
    state = a[params.a_offset / LANES + at] * state + b[params.b_offset / LANES + at];
    h[params.h_offset / LANES + at] = state;
    at += stride;
  }
}
