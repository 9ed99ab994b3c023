// A workgroup does a row's work: thread i does parts i, i + STRIDE, …. Rows of a dispatch: one per workgroup. What its threads
// write to storage the others see after `await_others`.
//
// @use lib/linear.wgsl
// @use lib/tree.wgsl

const WORKGROUP_SIZE = 64u;
const STRIDE = WORKGROUP_SIZE;

fn row_of(workgroup_id: vec3u, local_index: u32, num_workgroups: vec3u) -> u32 {
  return linear_index(workgroup_id, 0u, num_workgroups, 1u);
}

fn first_of(local_index: u32) -> u32 {
  return local_index;
}

fn total_of(local_index: u32, part: f32) -> f32 {
  return tree_sum(local_index, part);
}

fn await_others() {
  storageBarrier();
}
