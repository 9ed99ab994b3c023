// Numbers one at a time, and batch rows that a workgroup owns each.
//
// @use lib/stored-numbers.wgsl
// @use lib/by-workgroup.wgsl
// @variant wide WORKGROUP_SIZE=256

alias Real = f32;
const WIDTH: u32 = 1;

override WORKGROUP_SIZE: u32 = 64u;

fn weight(i: u32) -> f32 {
  return one(weight_hh[i / PER_WORD], i);
}
