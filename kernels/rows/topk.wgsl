// topk: indices[r] = the places of the k largest x[r, i], the largest first, of equal ones the lower place first
//
//   x        [rows, n]
//   indices  [rows, k]  i32
//
// NaN counts as the largest, as in PyTorch and NumPy. k ≤ n.
//
// Each of k rounds looks through the row for the best of what comes after the one found before. A row goes to a workgroup or to
// a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). x and indices may not share a buffer.
//
// @name topk_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/rank.wgsl
// @use rows/lib/argmax-{rows}.wgsl

struct Params {
  rows: u32,
  n: u32,
  k: u32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> indices: array<i32>;

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let begin = params.x_offset + row * params.n;

  var last = 0u;
  for (var found = 0u; found < params.k; found += 1u) {
    // threads that find nothing lose to all others by their place
    var place = 0xffffffffu;
    var best = bitcast<f32>(0xff800000u | (params.n & 0u)); // -∞, which WGSL has no constant for
    let last_value = x[begin + last];
    for (var i = first; i < params.n; i += STRIDE) {
      let value = x[begin + i];
      let is_left = found == 0u || outranks(last_value, value) || (!outranks(value, last_value) && i > last);
      if (is_left && (place == 0xffffffffu || outranks(value, best))) {
        best = value;
        place = i;
      }
    }
    last = best_place(first, best, place);
    if (first == 0u) {
      indices[params.indices_offset + row * params.k + found] = i32(last);
    }
  }
}
