// The gradients of an LSTM's gates and its dL/dc, of one unit or of four (see lib/real.wgsl).
//
// @use lib/real.wgsl

// From the recurrent part of dh of one batch row; `unit` counts elements of the bindings.
fn finish(row: u32, unit: u32, recurrent: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  var dh = recurrent;
  if (params.has_d_hs != 0u) {
    dh += d_hs[params.d_hs_offset / WIDTH + at];
  }
  if (params.has_d_h_last != 0u) {
    dh += d_h_last[params.d_h_last_offset / WIDTH + at];
  }
  let z_at = row * 4u * width + unit;
  let gates_at = params.gates_offset / WIDTH + z_at;
  let i = gates[gates_at];
  let f = gates[gates_at + width];
  let g = gates[gates_at + 2u * width];
  let o = gates[gates_at + 3u * width];
  let c_before = c_history[(params.c_history_offset + params.c_before) / WIDTH + at];
  let tanh_c = safe_tanh(c_history[(params.c_history_offset + params.c_after) / WIDTH + at]);
  let d_c_at = params.d_c_offset / WIDTH + at;
  let dc = d_c[d_c_at] + dh * o * (1.0 - tanh_c * tanh_c);
  d_c[d_c_at] = dc * f;
  let write_at = (params.d_gates_offset + params.d_gates_write) / WIDTH + z_at;
  d_gates[write_at] = dc * g * i * (1.0 - i);
  d_gates[write_at + width] = dc * c_before * f * (1.0 - f);
  d_gates[write_at + 2u * width] = dc * i * (1.0 - g * g);
  d_gates[write_at + 3u * width] = dh * tanh_c * o * (1.0 - o);
}
