// non_finite: flag |= BITS where an element of x0, x1, x2 or x3 is NaN or infinite
//
//   x0 … x3  [size0 … size3]  f32, as bits; a size of 0 for those that there are not
//   flag     [1]
//
// A thread owns an element of each. Dispatch ceil(largest size / WORKGROUP_SIZE) workgroups, folded. No barriers; the
// order of the atomic operations shows in nothing. flag may not share a buffer with the others, which may be one.
//
// @use lib/by-thread.wgsl
// @use lib/guard.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  bits: u32,
  size0: u32,
  size1: u32,
  size2: u32,
  size3: u32,
}

var<storage, read> x0: array<u32>;
var<storage, read> x1: array<u32>;
var<storage, read> x2: array<u32>;
var<storage, read> x3: array<u32>;
var<storage, read_write> flag: array<atomic<u32>>;

fn own(i: u32) {
  var bad = false;
  if (i < params.size0) {
    bad = is_not_finite(x0[params.x0_offset + i]);
  }
  if (i < params.size1) {
    bad = bad || is_not_finite(x1[params.x1_offset + i]);
  }
  if (i < params.size2) {
    bad = bad || is_not_finite(x2[params.x2_offset + i]);
  }
  if (i < params.size3) {
    bad = bad || is_not_finite(x3[params.x3_offset + i]);
  }
  if (bad) {
    atomicOr(&flag[params.flag_offset], params.bits);
  }
}
