// The entry point of a kernel whose threads have a piece of work each: thread number `index` of all calls own(index), those
// past the work too, which own returns from.
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
  own(linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE));
}
