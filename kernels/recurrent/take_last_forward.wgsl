// take_last: the last step that counts of each row of a padded batch.
//
//   x        [time, batch, width]
//   lengths  [batch]               steps that count
//   before   [batch, width]        taken where none counts
//   y        [batch, width]        y[b] = x[min(lengths[b], time) - 1, b] where lengths[b] > 0, else before[b]
//
// A thread owns one element of y. Dispatch ceil(batch · width / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  seq_len: u32,
  batch_size: u32,
  width: u32,
}

var<storage, read> x: array<f32>;
var<storage, read> lengths: array<i32>;
var<storage, read> before: array<f32>;
var<storage, read_write> y: array<f32>;

fn own(i: u32) {
  let size = params.batch_size * params.width;
  if (i >= size) {
    return;
  }
  // rows of a segment may go on beyond its end, or have ended before it
  let steps = min(lengths[params.lengths_offset + i / params.width], i32(params.seq_len));
  if (steps > 0) {
    y[params.y_offset + i] = x[params.x_offset + u32(steps - 1) * size + i];
  } else {
    y[params.y_offset + i] = before[params.before_offset + i];
  }
}
