// rnnt scores: log-probabilities of the two classes that a cell of the lattice may emit, by log-softmax of its logits
//
//   logits          [batch, seq_len, symbols + 1, classes]
//   targets         [batch, symbols]  i32; a symbol that counts and is the blank or no class has the score NaN
//   input_lengths   [batch]  i32, 0 to seq_len
//   target_lengths  [batch]  i32, 0 to symbols
//   scores          [batch, seq_len, symbols + 1, 2]  of the blank and of the next symbol; after the last one -1e30
//   sums            [batch, seq_len, symbols + 1, 2]  the maximum of the logits and log Σ e^(logits - maximum), apart, since added to a
//                                                   large maximum the logarithm is lost
//
// Of cells that do not count outputs stay as they are. A thread or a workgroup owns a cell, see lib/rows-parallel.wgsl; in a
// workgroup barriers in the maximum and the sum. Dispatch ceil(cells / 64) workgroups or as many as cells, folded.
//
// @each technique serial parallel
// @name rnnt_scores_{technique}
// @use lib/rows-{technique}.wgsl
// @use rnnt/lib/cells.wgsl

var<storage, read_write> scores: array<f32>;
var<storage, read_write> sums: array<f32>;

fn own_row(index: u32, first: u32) {
  if (!is_cell(index)) {
    return;
  }
  let cell = cell_of(index);
  if (!cell.counts) {
    return;
  }
  let begin = params.logits_offset + index * params.classes;

  var largest = logits[begin];
  for (var c = first; c < params.classes; c += STRIDE) {
    largest = max(largest, logits[begin + c]);
  }
  largest = row_maximum(first, largest);
  var sum = 0.0;
  for (var c = first; c < params.classes; c += STRIDE) {
    sum += exp(logits[begin + c] - largest);
  }
  sum = checked_total(row_sum(first, sum));

  if (first == 0u) {
    let logarithm = logarithm_of_total(sum);
    let blank = limited((logits[begin + params.blank] - largest) - logarithm);
    var symbol = IMPOSSIBLE;
    if (cell.goes_on) {
      // a negative target is a huge one when read as u32
      let column = bitcast<u32>(targets[params.targets_offset + cell.b * params.symbols + cell.u]);
      symbol = bitcast<f32>(params.classes | 0x7fc00000u);
      if (column < params.classes && column != params.blank) {
        symbol = limited((logits[begin + column] - largest) - logarithm);
      }
    }
    scores[params.scores_offset + 2u * index] = blank;
    scores[params.scores_offset + 2u * index + 1u] = symbol;
    sums[params.sums_offset + 2u * index] = largest;
    sums[params.sums_offset + 2u * index + 1u] = logarithm;
  }
}
