// The gates and the new state of a GRU that resets after the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use recurrent/lib/gru-step-forward.wgsl
// @use lib/lengths.wgsl
// @use lib/real.wgsl

struct Sums {
  r: Real,
  z: Real,
  q: Real,
}

// Gates and new state of one batch row, from the recurrent sums; gives the new h.
fn finish(step: Step, row: u32, unit: u32, sum_r: Real, sum_z: Real, sum_q: Real) -> Real {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return Real();
  }
  let at = row * width + unit;
  let h = h_history[step.h_read + at];
  let write_at = step.h_write + at;
  let gates_at = step.gates + row * 4u * width + unit;
  var r = Real();
  var z = Real();
  var n = Real();
  var q = Real();
  var h_new = h;
  if (step.time < end_of(row)) {
    let projected_at = step.projected + row * 3u * width + unit;
    var sums = Sums(sum_r, sum_z, sum_q);
    if (params.has_bias != 0u) {
      let bias_at = params.bias_hh_offset / WIDTH + unit;
      sums.r += bias_hh[bias_at];
      sums.z += bias_hh[bias_at + width];
      sums.q += bias_hh[bias_at + 2u * width];
    }
    r = sigmoid(sums.r + projected[projected_at]);
    z = sigmoid(sums.z + projected[projected_at + width]);
    q = sums.q;
    n = safe_tanh(projected[projected_at + 2u * width] + r * q);
    h_new = n + z * (h - n);
  }
  h_history[write_at] = h_new;
  gates[gates_at] = r;
  gates[gates_at + width] = z;
  gates[gates_at + 2u * width] = n;
  gates[gates_at + 3u * width] = q;
  return h_new;
}
