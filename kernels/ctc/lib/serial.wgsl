// A thread does a row's work alone. Rows of a dispatch: 64 per workgroup.
//
// @use lib/linear.wgsl

const WORKGROUP_SIZE = 64u;
const STRIDE = 1u;

fn row_of(workgroup_id: vec3u, local_index: u32, num_workgroups: vec3u) -> u32 {
  return linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
}

fn first_of(local_index: u32) -> u32 {
  return 0u;
}

fn total_of(local_index: u32, part: f32) -> f32 {
  return part;
}

fn await_others() {}
