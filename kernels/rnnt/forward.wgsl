// rnnt forward: losses[b] = -log of the probability of all alignments that emit the targets of a row (Graves 2012)
//
//   scores          [batch, seq_len, symbols + 1, 2]
//   input_lengths   [batch]  i32, 0 to seq_len
//   target_lengths  [batch]  i32, 0 to symbols
//   alpha           [batch, seq_len, symbols + 1]  log-probability of all beginnings of alignments that come to a cell; of cells that
//                                                count, others stay as they are
//   totals          [batch]  log-probability of all alignments, -1e29 or less where there is none
//   losses          [batch]  -totals; ∞ where there is no alignment, or 0 with zero_infinity
//
// A thread or a workgroup owns a row and its diagonals in order, see lib/rows-parallel.wgsl; in a workgroup a barrier after each.
// Dispatch ceil(batch / 64) workgroups or batch of them, folded.
//
// @each technique serial parallel
// @name rnnt_forward_{technique}
// @use lib/rows-{technique}.wgsl
// @use rnnt/lib/lattice.wgsl
// @use lib/alignments-forward.wgsl

var<storage, read> scores: array<f32>;
var<storage, read_write> alpha: array<f32>;

fn own_row(b: u32, first: u32) {
  if (b >= params.batch) {
    return;
  }
  let count = count_of(b);
  let begin = params.alpha_offset + b * params.seq_len * width();
  let begin_scores = params.scores_offset + 2u * b * params.seq_len * width();

  for (var diagonal = 0u; diagonal < diagonals_of(count); diagonal++) {
    let end = min(diagonal, count.symbols);
    for (var u = diagonal - min(diagonal, count.steps - 1u) + first; u <= end; u += STRIDE) {
      let cell = (diagonal - u) * width() + u;
      var by_blank = IMPOSSIBLE;
      if (u < diagonal) {
        let before = cell - width();
        by_blank = alpha[begin + before] + scores[begin_scores + 2u * before];
      }
      var by_symbol = IMPOSSIBLE;
      if (u > 0u) {
        let before = cell - 1u;
        by_symbol = alpha[begin + before] + scores[begin_scores + 2u * before + 1u];
      }
      alpha[begin + cell] = select(log_sum(by_blank, by_symbol), 0.0, diagonal == 0u);
    }
    row_barrier();
  }

  if (first == 0u) {
    // without a step only nothing can be emitted
    var total = select(IMPOSSIBLE, 0.0, count.symbols == 0u);
    if (count.steps > 0u) {
      let last = (count.steps - 1u) * width() + count.symbols;
      total = alpha[begin + last] + scores[begin_scores + 2u * last];
    }
    give_total(b, total);
  }
}
