// reduce_rows: y[r] = scale · reduce over i of x[r, i]
//
//   x  [rows, n]
//   y  [rows]
//
// The variant names the reduction: sum, maximum, minimum, or sum_squares, the sum of x². (sum with scale 1/n is the
// mean.)
// A maximum or minimum of which an element is NaN is NaN.
//
// A workgroup owns one row: thread t takes i = t, t + WORKGROUP_SIZE, …, then a tree. Dispatch `rows` workgroups,
// folded. Barriers in the tree. WORKGROUP_SIZE is a power of two. x and y may not share a buffer. For rows shorter than
// the workgroup, and where barriers are slow, see reduce_rows_serial.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl
// @use rows/lib/reduce-rows-operands.wgsl
// @variant sum OP=0
// @variant maximum OP=1
// @variant minimum OP=2
// @variant sum_squares OP=3

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

const MAXIMUM = 1u;
const MINIMUM = 2u;
const SUM_SQUARES = 3u;

fn own(row: u32, local_index: u32) {
  if (row >= params.rows) {
    return;
  }
  let first = params.x_offset + row * params.n;

  // A minimum is the negative of the maximum of the negatives.
  var result: f32;
  if (OP == MAXIMUM || OP == MINIMUM) {
    let direction = select(1.0, -1.0, OP == MINIMUM);
    var largest = direction * x[first];
    for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
      largest = larger(largest, direction * x[first + i]);
    }
    result = direction * tree_maximum(local_index, largest);
  } else {
    var sum = 0.0;
    for (var i = local_index; i < params.n; i += WORKGROUP_SIZE) {
      let value = x[first + i];
      sum += select(value, value * value, OP == SUM_SQUARES);
    }
    result = tree_sum(local_index, sum);
  }

  if (local_index == 0u) {
    y[params.y_offset + row] = params.scale * result;
  }
}
