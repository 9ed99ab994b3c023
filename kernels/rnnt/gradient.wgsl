// rnnt gradient: d_logits[b, t, u, c] = (p · (blank's share + symbol's share) - share of c) · d_losses[b], p = softmax(logits)[c]
//
//   logits          [batch, seq_len, symbols + 1, classes]
//   targets         [batch, symbols]  i32
//   input_lengths   [batch]  i32; steps from there on have gradient 0, whatever stands there
//   target_lengths  [batch]  i32; likewise
//   sums            [batch, seq_len, symbols + 1, 2]  maximum and logarithm of the softmax, see rnnt scores
//   shares          [batch, seq_len, symbols + 1, 2]  from the backward pass
//   d_losses        [batch]
//   d_logits        [batch, seq_len, symbols + 1, classes]
//
// All alignments that come to a cell go from it by one of the two, so their shares add up to that of the cell. A thread or a
// workgroup owns a cell, see lib/rows-parallel.wgsl. No barriers. Dispatch ceil(cells / 64) workgroups or as many as cells, folded.
//
// @each technique serial parallel
// @name rnnt_gradient_{technique}
// @use lib/rows-{technique}.wgsl
// @use rnnt/lib/cells.wgsl

var<storage, read> sums: array<f32>;
var<storage, read> shares: array<f32>;
var<storage, read> d_losses: array<f32>;
var<storage, read_write> d_logits: array<f32>;

fn own_row(index: u32, first: u32) {
  if (!is_cell(index)) {
    return;
  }
  let cell = cell_of(index);
  let largest = sums[params.sums_offset + 2u * index];
  let logarithm = sums[params.sums_offset + 2u * index + 1u];
  let by_blank = shares[params.shares_offset + 2u * index];
  let by_symbol = shares[params.shares_offset + 2u * index + 1u];
  let symbol = targets[params.targets_offset + cell.b * params.symbols + min(cell.u, params.symbols - 1u)];
  let slope = d_losses[params.d_losses_offset + cell.b];

  for (var c = first; c < params.classes; c += STRIDE) {
    let at = index * params.classes + c;
    let p = exponential((logits[params.logits_offset + at] - largest) - logarithm);
    // after the last symbol its share is 0
    let emitted = select(0.0, by_blank, c == params.blank) + select(0.0, by_symbol, c == bitcast<u32>(symbol));
    // 0 times what stands there need not be 0
    d_logits[params.d_logits_offset + at] = select(0.0, (p * (by_blank + by_symbol) - emitted) * slope, cell.counts);
  }
}
