// The gradient of an Elman RNN before its activation, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl
// @use lib/activation.wgsl

// The gradient of one batch row.
fn finish(row: u32, unit: u32, recurrent: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  let write_at = (params.d_pre_offset + params.d_pre_write) / WIDTH + at;
  let end = end_of(row);
  if (params.time >= end) {
    d_pre[write_at] = Real();
    return;
  }
  var dh = recurrent;
  if (params.has_d_hs != 0u) {
    dh += d_hs[params.d_hs_offset / WIDTH + at];
  }
  if (params.has_d_h_last != 0u && params.time + 1u == end) {
    dh += d_h_last[params.d_h_last_offset / WIDTH + at];
  }
  d_pre[write_at] = dh * derivative(h[params.h_offset / WIDTH + at], params.negative_slope);
}
