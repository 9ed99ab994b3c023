// The entry point of a kernel whose threads have an element each: thread number i of all calls own(i) where i is below
// params.size.
//
// The kernel has WORKGROUP_SIZE.
//
// @use lib/linear.wgsl

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(num_workgroups) num_workgroups: vec3u,
  @builtin(local_invocation_index) local_index: u32,
) {
  let i = linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
  if (i < params.size) {
    own(i);
  }
}
