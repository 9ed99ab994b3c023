// The gradient of the final h, for cells that do not hand one of h from step to step.
//
// d_h_last  [batch, hidden]: enters at each row's last step (has_d_h_last)

struct Params {
  has_d_h_last: u32,
}

var<storage, read> d_h_last: array<Real>;

// Whether a row that ends at `end` took its last step at a time.
fn is_last(time: u32, end: u32) -> bool {
  return select(time + 1u == end, time == 0u, params.reverse != 0u);
}
