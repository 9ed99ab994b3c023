// take, backward: d_x[o, r, i] = Σ d_y[o, j, i] over the j with index(o, j, i) = r, in order
//
//   indices  [outer / shared, m]    i32; shared = 0: [outer, m, inner], each element its own
//   d_y      [outer, m, inner]
//   d_x      [outer, n, inner]
//
// A negative index counts from the end; one that is outside of -n … n - 1 gives nothing.
//
// A thread owns one element of d_x and looks through all m positions: no atomics, a fixed order. Dispatch
// ceil(outer · n · inner / WORKGROUP_SIZE) workgroups, folded. No barriers. d_x may not share a buffer with an input.
//
// @use lib/by-element.wgsl
// @use layout/lib/take.wgsl

override WORKGROUP_SIZE: u32 = 64u;

var<storage, read> d_y: array<f32>;
var<storage, read_write> d_x: array<f32>;

fn own(element: u32) {
  let column = element % params.inner;
  let row = element / params.inner;
  let outer = row / params.n;
  let wanted = i32(row % params.n);
  let from_end = wanted - i32(params.n);
  // the first position and the step to the next, in d_y and in the indices
  let first = outer * params.m * params.inner + column;
  var position = first;
  var step = params.inner;
  if (params.shared_rows > 0u) {
    position = outer / params.shared_rows * params.m;
    step = 1u;
  }
  var sum = 0.0;
  for (var j = 0u; j < params.m; j += 1u) {
    let index = indices[params.indices_offset + position + j * step];
    if (index == wanted || index == from_end) {
      sum += d_y[params.d_y_offset + first + j * params.inner];
    }
  }
  d_x[params.d_x_offset + element] = sum;
}
