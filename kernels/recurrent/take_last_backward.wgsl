// take_last, backward: the gradient of each row's last step, zeros at all others.
//
//   d_y      [batch, width]
//   lengths  [batch]               steps that count
//   d_x      [time, batch, width]  d_x[t, b] = d_y[b] where t = min(lengths[b], time) - 1, else 0
//
// A thread owns one element of d_x. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  batch_size: u32,
  width: u32,
}

var<storage, read> d_y: array<f32>;
var<storage, read> lengths: array<i32>;
var<storage, read_write> d_x: array<f32>;

fn own(i: u32) {
  let step_size = params.batch_size * params.width;
  let in_step = i % step_size;
  // in a segment of a longer sequence a row may go on beyond the segment's end
  let seq_len = i32(params.size / step_size);
  let last = min(lengths[params.lengths_offset + in_step / params.width], seq_len) - 1;
  let d = d_y[params.d_y_offset + in_step];
  d_x[params.d_x_offset + i] = select(0.0, d, i32(i / step_size) == last);
}
