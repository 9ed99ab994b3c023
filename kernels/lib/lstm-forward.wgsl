// The gates and the new state of an LSTM, of one unit or of four (see lib/real.wgsl).
//
// @use lib/real.wgsl

// From the recurrent sums of one batch row; `unit` counts elements of the bindings.
fn finish(row: u32, unit: u32, sum_i: Real, sum_f: Real, sum_g: Real, sum_o: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  let z_at = row * 4u * width + unit;
  let projected_at = params.projected_offset / WIDTH + z_at;
  let i = sigmoid(sum_i + projected[projected_at]);
  let f = sigmoid(sum_f + projected[projected_at + width]);
  let g = safe_tanh(sum_g + projected[projected_at + 2u * width]);
  let o = sigmoid(sum_o + projected[projected_at + 3u * width]);
  let c = f * c_history[(params.c_history_offset + params.c_read) / WIDTH + at] + i * g;
  c_history[(params.c_history_offset + params.c_write) / WIDTH + at] = c;
  h_history[(params.h_history_offset + params.h_write) / WIDTH + at] = o * safe_tanh(c);
  let gates_at = params.gates_offset / WIDTH + z_at;
  gates[gates_at] = i;
  gates[gates_at + width] = f;
  gates[gates_at + 2u * width] = g;
  gates[gates_at + 3u * width] = o;
}
