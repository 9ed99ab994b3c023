// linear_scan_forward: h_s = a_s · h_{s-1} + b_s, each chunk of time from its start: last of three passes, or the only one.
//
//   a, b    [seq_len, columns]
//   starts  [chunks, columns]  the state before each chunk, of linear_scan_starts; with one chunk the initial state
//   h       [seq_len, columns]
//
// s counts steps in the order of the recurrence. Steps are rows 0, 1, … of a, b and h; with reverse 1 rows seq_len - 1, … 0.
// Chunk c holds steps from c · chunk_size up to, not including, min(seq_len, (c + 1) · chunk_size).
//
// A thread owns one column (four with vec4) of one chunk; neighbours read neighbouring columns. Dispatch
// ceil(chunks · columns / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share a buffer, h is
// another. vec4: columns and all offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use recurrent/lib/linear-scan.wgsl
// @variant vec4 Element=vec4f LANES=4u

var<storage, read> b: array<Element>;
var<storage, read> starts: array<Element>;
var<storage, read_write> h: array<Element>;

fn own(i: u32) {
  let columns = params.columns / LANES;
  if (i >= params.chunks * columns) {
    return;
  }
  let first = i / columns * params.chunk_size;
  let steps = min(params.chunk_size, params.seq_len - first);
  let row = row_of(first);
  let stride = stride_of(columns);
  var at = row * columns + i % columns;

  var state = starts[params.starts_offset / LANES + i];
  for (var s = 0u; s < steps; s++) {
    state = a[params.a_offset / LANES + at] * state + b[params.b_offset / LANES + at];
    h[params.h_offset / LANES + at] = state;
    at += stride;
  }
}
