// ctc forward: losses[b] = -log of the probability of all paths that spell the targets of a row (Graves et al. 2006)
//
//   log_probs       [batch, seq_len, classes]
//   targets         [batch, symbols]  i32; a symbol that counts and is the blank or no class makes its row's loss NaN
//   input_lengths   [batch]  i32, 0 to seq_len
//   target_lengths  [batch]  i32, 0 to symbols
//   alpha           [batch, seq_len, 2 · symbols + 1]  log-probability of all beginnings of paths that are in a state after a
//                                                    step; of steps and states that count, others stay as they are
//   totals          [batch]  log-probability of all paths, -1e29 or less where there is none
//   losses          [batch]  -totals; ∞ where there is no path, or 0 with zero_infinity
//
// A thread or a workgroup owns a row and its steps in order, see lib/rows-parallel.wgsl; in a workgroup a barrier after each. Dispatch
// ceil(batch / 64) workgroups or batch of them, folded.
//
// @each technique serial parallel
// @name ctc_forward_{technique}
// @use lib/rows-{technique}.wgsl
// @use ctc/lib/states.wgsl
// @use lib/alignments-forward.wgsl

var<storage, read_write> alpha: array<f32>;

fn own_row(b: u32, first: u32) {
  if (b >= params.batch) {
    return;
  }
  let row = row_of(b);
  let begin = params.alpha_offset + b * params.seq_len * width();

  for (var t = 0u; t < row.steps; t++) {
    let here = begin + t * width();
    for (var s = first; s < row.states; s += STRIDE) {
      // a path begins with the first blank or the first symbol
      var reached = select(IMPOSSIBLE, 0.0, s < 2u);
      if (t > 0u) {
        let there = here - width() + s;
        let one = select(IMPOSSIBLE, alpha[there - min(s, 1u)], s >= 1u);
        let skips = s >= 2u && may_skip(row, s - min(s, 2u));
        let two = select(IMPOSSIBLE, alpha[there - min(s, 2u)], skips);
        reached = log_sum(alpha[there], one, two);
      }
      alpha[here + s] = reached + score(b * params.seq_len + t, class_of(row, s));
    }
    row_barrier();
  }

  if (first == 0u) {
    // without a step only nothing can be spelt
    var total = select(IMPOSSIBLE, 0.0, row.states == 1u);
    if (row.steps > 0u) {
      let end = begin + (row.steps - 1u) * width() + row.states;
      let last_symbol = select(IMPOSSIBLE, alpha[end - min(row.states, 2u)], row.states > 1u);
      total = log_sum(alpha[end - 1u], last_symbol, IMPOSSIBLE);
    }
    give_total(b, total);
  }
}
