// The gradients of a GRU that resets before the matmul, of one unit or of four (see lib/real.wgsl).
// `unit` counts elements of the bindings.
//
// @use lib/lengths.wgsl

// dn, dz and the direct part of d_h of one batch row; dn and dz are 0 past a sequence's end.
fn finish_candidate(row: u32, unit: u32, recurrent: Real) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  var dz = Real();
  var dn = Real();
  if (params.time < end_of(row)) {
    let d_h_at = params.d_h_offset / WIDTH + at;
    var dh = recurrent + d_h[d_h_at];
    if (params.has_d_hs != 0u) {
      dh += d_hs[params.d_hs_offset / WIDTH + at];
    }
    let gates_at = params.gates_offset / WIDTH + row * 4u * width + unit;
    let z = gates[gates_at + width];
    let n = gates[gates_at + 2u * width];
    dn = dh * (1.0 - z) * (1.0 - n * n);
    dz = dh * (h[params.h_offset / WIDTH + at] - n) * z * (1.0 - z);
    d_h[d_h_at] = dh * z;
  }
  let write_at = (params.d_projected_offset + params.d_write) / WIDTH + row * 3u * width + unit;
  d_projected[write_at + width] = dz;
  d_projected[write_at + 2u * width] = dn;
}

// dr and the rest of d_h of one batch row.
fn finish_reset(row: u32, unit: u32, ds: Real) {
  if (row >= params.batch_size) {
    return;
  }
  let width = params.hidden_size / WIDTH;
  let at = row * width + unit;
  var dr = Real();
  if (params.time < end_of(row)) {
    let r = gates[params.gates_offset / WIDTH + row * 4u * width + unit];
    dr = ds * h[params.h_offset / WIDTH + at] * r * (1.0 - r);
    d_h[params.d_h_offset / WIDTH + at] += ds * r;
  }
  d_projected[(params.d_projected_offset + params.d_write) / WIDTH + row * 3u * width + unit] = dr;
}
