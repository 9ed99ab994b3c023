// Rows of which a thread has one, see lib/rows-parallel.wgsl: the readable form, for adapters with slow barriers. Dispatch
// ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 64u;
const STRIDE: u32 = 1;

fn own(row: u32) {
  own_row(row, 0u);
}

fn row_sum(first: u32, value: f32) -> f32 {
  return value;
}

fn row_maximum(first: u32, value: f32) -> f32 {
  return value;
}

fn row_barrier() {}
