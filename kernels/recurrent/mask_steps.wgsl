// mask_steps: y[t, b, i] = x[t, b, i] where t < lengths[b], and 0 past each sequence's end
//
//   x        [time, batch, inner]   any 4-byte type, as bits
//   lengths  [batch]
//   y        [time, batch, inner]
//
// In the variant `batch_first` x and y are [batch, time, inner].
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded; size = time · batch · inner.
// No barriers. y shares no buffer with the others.
//
// @use lib/by-element.wgsl
// @use recurrent/lib/steps-operands.wgsl
// @variant batch_first BATCH_FIRST=1

override WORKGROUP_SIZE: u32 = 64u;
override BATCH_FIRST: bool = false;

fn own(i: u32) {
  let row = i / params.inner;
  let seq_len = params.size / params.inner / params.batch_size;
  let time = select(row / params.batch_size, row % seq_len, BATCH_FIRST);
  let batch_row = select(row % params.batch_size, row / seq_len, BATCH_FIRST);
  let inside = i32(time) < lengths[params.lengths_offset + batch_row];
  y[params.y_offset + i] = select(0u, x[params.x_offset + i], inside);
}
