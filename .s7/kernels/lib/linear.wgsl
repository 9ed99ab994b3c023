// Index of a thread in a one-dimensional piece of work whose workgroups are folded into (x, y, z).
//
// One dimension of a dispatch holds at most 65,535 workgroups. Larger work is laid out as a box of workgroups, numbered
// with x running fastest. The box may be larger than the work: the kernel returns where the index is past its size.

fn linear_index(workgroup_id: vec3u, local_index: u32, num_workgroups: vec3u, workgroup_size: u32) -> u32 {
  let group = (workgroup_id.z * num_workgroups.y + workgroup_id.y) * num_workgroups.x + workgroup_id.x;
  return group * workgroup_size + local_index;
}
