// linear_scan_backward: gradients of h_t = a_t · h_{t-1} + b_t: last of three passes, or the only one.
//
//   dh_t = g_t + a_{t+1} · dh_{t+1}     d_a_t = dh_t · h_{t-1}     d_b_t = dh_t     d_h0 = a_1 · dh_1
//
//   a, g, h   [seq_len, columns]  h is the output of linear_scan_forward, g = dL/dh of each step by itself
//   h0        [columns]          the initial state
//   starts    [chunks, columns]  what reaches each chunk from the one after it, of linear_scan_starts; not read (and any
//                                other input will do) where there is one chunk: nothing comes from behind the end
//   d_a, d_b  [seq_len, columns]
//   d_h0      [columns]
//
// It is the same recurrence run the other way for e_t = a_t · dh_t, the gradient that goes on to the step before: hence
// dh_t = g_t + e_{t+1}, and d_h0 is the last e. s counts steps in the order in which this kernel goes, which is rows
// 0, 1, … where reverse is 0 (the forward recurrence then ran from the last row to the first), rows seq_len - 1, … 0 where
// it is 1. Chunks are of s: chunk c holds c · chunk_size up to, not including, min(seq_len, (c + 1) · chunk_size).
//
// A thread owns one column (four with vec4) of one chunk; neighbours read neighbouring columns. Dispatch
// ceil(chunks · columns / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share a buffer, each output
// is a buffer of its own. vec4: columns and all offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use recurrent/lib/linear-scan.wgsl
// @variant vec4 Element=vec4f LANES=4u

var<storage, read> g: array<Element>;
var<storage, read> h: array<Element>;
var<storage, read> h0: array<Element>;
var<storage, read> starts: array<Element>;
var<storage, read_write> d_a: array<Element>;
var<storage, read_write> d_b: array<Element>;
var<storage, read_write> d_h0: array<Element>;

fn own(i: u32) {
  let columns = params.columns / LANES;
  if (i >= params.chunks * columns) {
    return;
  }
  let column = i % columns;
  let first = i / columns * params.chunk_size;
  let steps = min(params.chunk_size, params.seq_len - first);
  let row = row_of(first);
  let stride = stride_of(columns);
  var at = row * columns + column;

  var state = Element(0.0);
  if (params.chunks > 1u) {
    state = starts[params.starts_offset / LANES + i];
  }
  for (var s = first; s < first + steps; s++) {
    let next = at + stride;
    let d_h = g[params.g_offset / LANES + at] + state;
    var before: Element;
    if (s + 1u < params.seq_len) {
      before = h[params.h_offset / LANES + next];
    } else {
      before = h0[params.h0_offset / LANES + column];
    }
    d_a[params.d_a_offset / LANES + at] = d_h * before;
    d_b[params.d_b_offset / LANES + at] = d_h;
    state = a[params.a_offset / LANES + at] * d_h;
    at = next;
  }
  if (first + steps == params.seq_len) {
    d_h0[params.d_h0_offset / LANES + column] = state;
  }
}
