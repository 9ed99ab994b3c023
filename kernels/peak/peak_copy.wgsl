// peak_copy: y = x, the adapter's memory rate, measured; the profile gives kernels' speed as a share of it
//
//   x, y  [4 size]
//
// A thread owns ITEMS vec4; at any time neighbouring threads touch neighbouring vec4. A workgroup owns
// WORKGROUP_SIZE · ITEMS vec4 in a row. Dispatch ceil(size / (WORKGROUP_SIZE · ITEMS)) workgroups, folded. No barriers.
// Precondition: offsets are multiples of 4.
//
// @use lib/linear.wgsl

override WORKGROUP_SIZE: u32 = 64u;
const ITEMS: u32 = 16u;

struct Params {
  size: u32,
}

var<storage, read> x: array<vec4<f32>>;
var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let first = linear_index(workgroup_id, 0u, num_workgroups, WORKGROUP_SIZE * ITEMS) + local_index;
  for (var item = 0u; item < ITEMS; item++) {
    let i = first + item * WORKGROUP_SIZE;
    if (i < params.size) {
      y[params.y_offset / 4u + i] = x[params.x_offset / 4u + i];
    }
  }
}
