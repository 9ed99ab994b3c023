// class_targets: y[r] = targets[r] where that is a class which counts, else -1
//
//   targets  [size]  i32; below 0, from `classes` on, and `ignore_index` do not count
//   y        [size]  i32
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. y may not share a buffer
// with targets.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  classes: u32,
  ignore_index: i32,
}

var<storage, read> targets: array<i32>;
var<storage, read_write> y: array<i32>;

fn own(i: u32) {
  let target_class = targets[params.targets_offset + i];
  // A negative target is a huge one when read as u32.
  let counts = bitcast<u32>(target_class) < params.classes && target_class != params.ignore_index;
  y[params.y_offset + i] = select(-1, target_class, counts);
}
