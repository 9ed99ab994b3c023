// Sampling of rows of which a thread has one, readable: the weights that are kept are taken one by one, the largest first, of
// equal ones the lower token first.
//
// @use lib/rows-serial.wgsl
// @use rows/lib/argmax-serial.wgsl
// @use rows/lib/sample-cut.wgsl
// @use rows/lib/sample-one-part.wgsl

fn cut_of(begin: u32, first: u32, wanted: f32, by_count: bool) -> Cut {
  var cut = Cut(2.0, 0u, 0.0);
  var last = 0u;
  for (var kept = 0u; kept < params.v && select(cut.sum, f32(kept), by_count) < wanted; kept += 1u) {
    var next = params.v;
    for (var i = 0u; i < params.v; i += 1u) {
      let w = weights[begin + i];
      let is_left = w < cut.weight || (w == cut.weight && i > last);
      if (is_left && (next == params.v || w > weights[begin + next])) {
        next = i;
      }
    }
    if (next == params.v) {
      break;
    }
    let w = weights[begin + next];
    cut.equals = select(1u, cut.equals + 1u, w == cut.weight);
    cut.weight = w;
    cut.sum += w;
    last = next;
  }
  return cut;
}

fn whole_of(begin: u32, first: u32) -> f32 {
  var whole = 0.0;
  for (var i = 0u; i < params.v; i += 1u) {
    whole += weights[begin + i];
  }
  return whole;
}
