// take_last: the last step that counts of each row of a padded batch.
//
//   x        [time, batch, width]
//   lengths  [batch]               steps that count, 1 … time
//   y        [batch, width]        y[b] = x[min(lengths[b], time) - 1, b]
//
// A thread owns one element of y. Dispatch ceil(batch · width / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @use lib/linear.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  seq_len: u32,
  batch_size: u32,
  width: u32,
  x_offset: u32,
  lengths_offset: u32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> lengths: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let i = linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
  let size = params.batch_size * params.width;
  if (i >= size) {
    return;
  }
  // rows of a segment may go on beyond its end, or have ended before it (then nobody looks at the result)
  let last = u32(clamp(lengths[params.lengths_offset + i / params.width], 1, i32(params.seq_len))) - 1u;
  y[params.y_offset + i] = x[params.x_offset + last * size + i];
}
