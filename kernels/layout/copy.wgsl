// copy_{elements}: y[Σ iₐ·y_sₐ] = x[Σ iₐ·x_sₐ] for every index (i₀ … i₅) with iₐ < dₐ
//
//   x  read at x_offset / LANES + Σ iₐ·x_sₐ   any 4-byte type, as bits
//   y  written at y_offset / LANES + Σ iₐ·y_sₐ
//
// copy_strided moves single elements, copy_vectors four at a time, where both sides have runs of four: then extents, strides
// and size count vectors, and the offsets, which count elements, are multiples of four.
//
// d0 is the outermost extent; extents that are not used are 1. size = d0·d1·d2·d3·d4·d5. Strides are signed and may be
// 0 or negative; the offsets are those of index 0. Transposes, broadcasts (x stride 0), slices, flips (negative stride)
// and writes into a part of y are all this kernel. Two indices must not give the same place in y. Elements of y that no
// index gives are left as they are.
//
// A thread owns one element or vector. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not
// share a buffer. Threads run along d5: copies are fastest where its strides are 1.
//
// @name copy_{elements}
// @each elements strided vectors
// @use layout/lib/{elements}.wgsl
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  d0: u32,
  d1: u32,
  d2: u32,
  d3: u32,
  d4: u32,
  d5: u32,
  x_s0: i32,
  x_s1: i32,
  x_s2: i32,
  x_s3: i32,
  x_s4: i32,
  x_s5: i32,
  y_s0: i32,
  y_s1: i32,
  y_s2: i32,
  y_s3: i32,
  y_s4: i32,
  y_s5: i32,
}

var<storage, read> x: array<Element>;
var<storage, read_write> y: array<Element>;

fn own(i: u32) {
  // From the innermost axis outwards: the rest of the index is divided by each extent in turn, as far as axes are used.
  // Divisions cost most of this kernel, and few copies have more than three axes.
  let i5 = i32(i % params.d5);
  var rest = i / params.d5;
  let i4 = i32(rest % params.d4);
  rest /= params.d4;
  var i3 = i32(rest);
  var i2 = 0;
  var i1 = 0;
  var i0 = 0;
  if (params.d0 * params.d1 * params.d2 > 1u) {
    i3 = i32(rest % params.d3);
    rest /= params.d3;
    i2 = i32(rest % params.d2);
    rest /= params.d2;
    i1 = i32(rest % params.d1);
    i0 = i32(rest / params.d1);
  }

  let from_x = i32(params.x_offset / LANES) + i0 * params.x_s0 + i1 * params.x_s1 + i2 * params.x_s2
    + i3 * params.x_s3 + i4 * params.x_s4 + i5 * params.x_s5;
  let to_y = i32(params.y_offset / LANES) + i0 * params.y_s0 + i1 * params.y_s1 + i2 * params.y_s2
    + i3 * params.y_s3 + i4 * params.y_s4 + i5 * params.y_s5;
  y[to_y] = x[from_x];
}
