// constrain_norms: brings norms of vectors between bounds, in place: v = v · (rate · clamp(norm) + (1 - rate) · norm) / norm
//
//   parameter  parameters [outer, n, inner], of which the vectors lie along n
//   table      [8 · parameters]  number of the first vector, where the parameter begins from the offset of `parameter` on, n,
//              inner, the bits of the least norm, of the largest and of the rate, 0
//   guard      words of lib/guard.wgsl; nothing is done in steps without an update
//
// A vector whose norm is within the bounds keeps its bits, as do those whose norm is 0, which have no direction, or is not
// finite. A vector goes to a workgroup or to a thread. parameter shares a buffer with nothing.
//
// @name constrain_norms_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/guard.wgsl
// @use update/lib/bounds.wgsl

struct Params {
  rows: u32,
  parameters: u32,
}

var<storage, read> table: array<u32>;
var<storage, read> guard: array<u32>;
var<storage, read_write> parameter: array<f32>;

fn own_row(row: u32, first: u32) {
  if (row >= params.rows || guard[params.guard_offset + GUARD_IDLE] != 0u) {
    return;
  }
  var entry = params.table_offset;
  let last = entry + 8u * (params.parameters - 1u);
  while (entry < last && row >= table[entry + 8u]) {
    entry += 8u;
  }
  let index = row - table[entry];
  let n = table[entry + 2u];
  let inner = table[entry + 3u];
  let start = params.parameter_offset + table[entry + 1u] + index / inner * n * inner + index % inner;
  var squares = 0.0;
  for (var i = first; i < n; i += STRIDE) {
    let value = parameter[start + i * inner];
    squares += value * value;
  }
  let norm = sqrt(row_sum(first, squares));
  let factor = factor_within(
    norm,
    bitcast<f32>(table[entry + 4u]),
    bitcast<f32>(table[entry + 5u]),
    bitcast<f32>(table[entry + 6u]),
  );
  if (factor == 1.0) {
    return;
  }
  for (var i = first; i < n; i += STRIDE) {
    parameter[start + i * inner] *= factor;
  }
}
