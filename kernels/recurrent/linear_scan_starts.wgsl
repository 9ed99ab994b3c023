// linear_scan_starts: second of three passes of a linear recurrence: the state at the start of each chunk of time.
//
//   starts[0] = initial, or 0 where has_initial is 0;  starts[c + 1] = factors[c] · starts[c] + shifts[c]
//
//   factors, shifts  [chunks - 1, columns]  of linear_scan_chunks
//   initial          [columns]
//   starts           [chunks, columns]
//
// A thread owns one column (four with vec4) and goes over the chunks. Dispatch
// ceil(columns / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. `starts` is a buffer of its own; where
// has_initial is 0 `initial` is not read and may be any of the others. vec4: columns and all offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @variant vec4 Element=vec4f LANES=4u

alias Element = f32; // @specialize
const LANES = 1u; // @specialize

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  columns: u32,
  chunks: u32,
  has_initial: u32,
}

var<storage, read> factors: array<Element>;
var<storage, read> shifts: array<Element>;
var<storage, read> initial: array<Element>;
var<storage, read_write> starts: array<Element>;

fn own(column: u32) {
  let columns = params.columns / LANES;
  if (column >= columns) {
    return;
  }
  var state = Element(0.0);
  if (params.has_initial != 0u) {
    state = initial[params.initial_offset / LANES + column];
  }
  starts[params.starts_offset / LANES + column] = state;
  var at = column;
  for (var c = 1u; c < params.chunks; c++) {
    state = factors[params.factors_offset / LANES + at] * state + shifts[params.shifts_offset / LANES + at];
    at += columns;
    starts[params.starts_offset / LANES + at] = state;
  }
}
