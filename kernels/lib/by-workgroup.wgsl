// The entry point of a kernel whose workgroups have a piece of work each: all threads of workgroup number `group` of all call
// own(group, local), those of workgroups past the work too, which own returns from. `group` is uniform.
//
// The kernel has WORKGROUP_SIZE. Where it indexes workgroup memory by `local`, min(local, WORKGROUP_SIZE - 1u) in the same
// function shows Tint the bound, which else checks each index, at the price of a GPU's registers.
//
// @use lib/linear.wgsl

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(num_workgroups) num_workgroups: vec3u,
  @builtin(local_invocation_index) local_index: u32,
) {
  own(linear_index(workgroup_id, 0u, num_workgroups, 1u), local_index);
}
