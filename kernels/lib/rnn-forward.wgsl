// The new state of an Elman RNN, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl
// @use lib/activation.wgsl

// The new state of one batch row.
fn finish(row: u32, unit: u32, recurrent: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  let write_at = (params.h_history_offset + params.h_write) / WIDTH + at;
  if (params.time >= end_of(row)) {
    h_history[write_at] = h_history[(params.h_history_offset + params.h_read) / WIDTH + at];
    return;
  }
  h_history[write_at] = activate(recurrent + projected[params.projected_offset / WIDTH + at], params.negative_slope);
}
