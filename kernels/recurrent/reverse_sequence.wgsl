// reverse_sequence: y[t, b, i] = x[lengths[b] - 1 - t, b, i] where t < lengths[b], and x[t, b, i] past each sequence's end
//
//   x        [time, batch, inner]   any 4-byte type, as bits
//   lengths  [batch], each from 0 to time
//   y        [time, batch, inner]
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded; size = time · batch · inner.
// No barriers. y shares no buffer with the others.
//
// @use lib/by-element.wgsl
// @use recurrent/lib/steps-operands.wgsl

override WORKGROUP_SIZE: u32 = 64u;

fn own(i: u32) {
  let row = i / params.inner;
  let batch_row = row % params.batch_size;
  let time = row / params.batch_size;
  let length = u32(max(lengths[params.lengths_offset + batch_row], 0));
  let source = select(time, length - 1u - time, time < length);
  y[params.y_offset + i] = x[params.x_offset + (source * params.batch_size + batch_row) * params.inner + i % params.inner];
}
