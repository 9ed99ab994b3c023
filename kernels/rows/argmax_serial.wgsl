// argmax_serial: y[r] = the least i for which x[r, i] is largest
//
//   x  [rows, n]
//   y  [rows]  i32
//
// NaN counts as the largest, as in PyTorch and NumPy: a row that holds one gives the place of its first.
//
// A thread owns one row. Dispatch ceil(rows / WORKGROUP_SIZE) workgroups, folded. No barriers. x and y may not share a
// buffer. Same parameters as argmax, which is the better one for long rows on a GPU.
//
// @use lib/by-thread.wgsl
// @use lib/rank.wgsl
// @use rows/lib/argmax-operands.wgsl

override WORKGROUP_SIZE: u32 = 64u;

fn own(row: u32) {
  if (row >= params.rows) {
    return;
  }
  let first = params.x_offset + row * params.n;

  var best = x[first];
  var place = 0u;
  for (var i = 1u; i < params.n; i++) {
    let value = x[first + i];
    if (outranks(value, best)) {
      best = value;
      place = i;
    }
  }
  y[params.y_offset + row] = i32(place);
}
