// The gradients of a GRU that resets after the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl

// The gradients of one batch row.
fn finish(row: u32, unit: u32, recurrent: Real) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let at = row * width + unit;
  var dr = Real();
  var dz = Real();
  var dn = Real();
  var dq = Real();
  if (params.time < end_of(row)) {
    let d_h_at = params.d_h_offset / WIDTH + at;
    var dh = recurrent + d_h[d_h_at];
    if (params.has_d_hs != 0u) {
      dh += d_hs[params.d_hs_offset / WIDTH + at];
    }
    let gates_at = params.gates_offset / WIDTH + row * 4u * width + unit;
    let r = gates[gates_at];
    let z = gates[gates_at + width];
    let n = gates[gates_at + 2u * width];
    dn = dh * (1.0 - z) * (1.0 - n * n);
    dz = dh * (h[params.h_offset / WIDTH + at] - n) * z * (1.0 - z);
    dr = dn * gates[gates_at + 3u * width] * r * (1.0 - r);
    dq = dn * r;
    d_h[d_h_at] = dh * z;
  }
  let projected_at = params.d_projected_offset / WIDTH + row * 3u * width + unit;
  d_projected[projected_at] = dr;
  d_projected[projected_at + width] = dz;
  d_projected[projected_at + 2u * width] = dn;
  let hidden_at = (params.d_hidden_offset + params.d_hidden_write) / WIDTH + row * 3u * width + unit;
  d_hidden[hidden_at] = dr;
  d_hidden[hidden_at + width] = dz;
  d_hidden[hidden_at + 2u * width] = dq;
}
