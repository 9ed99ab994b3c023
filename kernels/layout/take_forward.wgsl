// take: elements of x picked along an axis by indices.
//
//   x        [outer, n, inner]      any 4-byte type, as bits
//   indices  [outer / shared, m]    i32; shared = 0: [outer, m, inner], each element its own
//   y        [outer, m, inner]      y[o, j, i] = x[o, index(o, j, i), i]
//
// A negative index counts from the end. One that is outside of -n … n - 1 gives 0: nothing outside x is read.
//
// A thread owns one element of y. Dispatch ceil(outer · m · inner / WORKGROUP_SIZE) workgroups, folded. No barriers. y may not
// share a buffer with an input.
//
// @use lib/by-element.wgsl
// @use layout/lib/take.wgsl

override WORKGROUP_SIZE: u32 = 64u;

var<storage, read> x: array<u32>;
var<storage, read_write> y: array<u32>;

fn own(element: u32) {
  let column = element % params.inner;
  let row = element / params.inner;
  let outer = row / params.m;
  var position = element;
  if (params.shared_rows > 0u) {
    position = outer / params.shared_rows * params.m + row % params.m;
  }
  let given = indices[params.indices_offset + position];
  let index = select(given, given + i32(params.n), given < 0);
  var bits = 0u;
  if (index >= 0 && index < i32(params.n)) {
    bits = x[params.x_offset + (outer * params.n + u32(index)) * params.inner + column];
  }
  y[params.y_offset + element] = bits;
}
