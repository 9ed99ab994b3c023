// argmax: y[r] = the least i for which x[r, i] is largest
//
//   x  [rows, n]
//   y  [rows]  i32
//
// NaN counts as the largest, as in PyTorch and NumPy: a row that holds one gives the place of its first.
//
// A workgroup owns one row: thread t takes i = t, t + WORKGROUP_SIZE, …, then a tree in workgroup memory, of which every
// round prefers the larger number and among equal ones the lower index. Dispatch `rows` workgroups, folded. Barriers in the
// tree. WORKGROUP_SIZE is a power of two. x and y may not share a buffer. For short rows, and where barriers are slow, see
// argmax_serial.
//
// @use lib/by-workgroup.wgsl
// @use lib/rank.wgsl
// @use rows/lib/argmax-operands.wgsl

override WORKGROUP_SIZE: u32 = 64u;

var<workgroup> largest: array<f32, WORKGROUP_SIZE>;
var<workgroup> places: array<u32, WORKGROUP_SIZE>;

fn own(row: u32, local_index: u32) {
  if (row >= params.rows) {
    return;
  }
  let first = params.x_offset + row * params.n;

  // threads without an element have the first one
  var place = select(0u, local_index, local_index < params.n);
  var best = x[first + place];
  for (var i = local_index + WORKGROUP_SIZE; i < params.n; i += WORKGROUP_SIZE) {
    let value = x[first + i];
    if (outranks(value, best)) {
      best = value;
      place = i;
    }
  }
  largest[local_index] = best;
  places[local_index] = place;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if (local_index < half) {
      let other = largest[local_index + half];
      let other_place = places[local_index + half];
      let own = largest[local_index];
      if (outranks(other, own) || (!outranks(own, other) && other_place < places[local_index])) {
        largest[local_index] = other;
        places[local_index] = other_place;
      }
    }
    workgroupBarrier();
  }
  if (local_index == 0u) {
    y[params.y_offset + row] = i32(places[0]);
  }
}
