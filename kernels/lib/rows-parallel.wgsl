// Rows of which a workgroup has one: thread number `first` of it takes the elements first, first + STRIDE, … See
// lib/rows-serial.wgsl, which has one thread for a row, for adapters with slow barriers: a kernel is made of either.
//
// The kernel has own_row(row, first), which returns at once where there is no such row. Dispatch a workgroup for each row,
// folded. Barriers in row_sum, row_maximum and row_barrier, which all threads of a workgroup must reach. WORKGROUP_SIZE is a
// power of two.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl

override WORKGROUP_SIZE: u32 = 64u;
override STRIDE: u32 = WORKGROUP_SIZE;

fn own(row: u32, local: u32) {
  own_row(row, local);
}

// Of what the threads of a row have; NaN if one of them is.
fn row_sum(first: u32, value: f32) -> f32 {
  return tree_sum(first, value);
}

fn row_maximum(first: u32, value: f32) -> f32 {
  return tree_maximum(first, value);
}

// What one thread of a row has written to storage another may read afterwards.
fn row_barrier() {
  storageBarrier();
}
