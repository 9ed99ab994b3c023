// rnnt backward: shares[b, t, u] = share of a row's alignments that go from a cell by the blank, and by the symbol
//
//   scores          [batch, seq_len, symbols + 1, 2]
//   input_lengths   [batch]  i32, 0 to seq_len
//   target_lengths  [batch]  i32, 0 to symbols
//   alpha           [batch, seq_len, symbols + 1]  from the forward pass
//   totals          [batch]                      from the forward pass; the shares of a row without an alignment are NaN, or 0 with
//                                                zero_infinity
//   ends            [batch, 2, symbols + 1]      log-probability of all ends of alignments from a cell of the diagonal in work and of
//                                                the one behind it, which take turns
//   shares          [batch, seq_len, symbols + 1, 2]  of cells that count, others stay as they are
//
// A thread or a workgroup owns a row and its diagonals from the last one, see lib/rows-parallel.wgsl; in a workgroup a barrier
// after each. Dispatch ceil(batch / 64) workgroups or batch of them, folded.
//
// @each technique serial parallel
// @name rnnt_backward_{technique}
// @use lib/rows-{technique}.wgsl
// @use rnnt/lib/lattice.wgsl

struct Params {
  zero_infinity: u32,
}

var<storage, read> scores: array<f32>;
var<storage, read> alpha: array<f32>;
var<storage, read> totals: array<f32>;
var<storage, read_write> ends: array<f32>;
var<storage, read_write> shares: array<f32>;

fn own_row(b: u32, first: u32) {
  if (b >= params.batch) {
    return;
  }
  let count = count_of(b);
  let begin = b * params.seq_len * width();
  let total = totals[params.totals_offset + b];
  let is_none = total <= POSSIBLE;
  let not_a_number = bitcast<f32>(params.seq_len | 0x7fc00000u);
  let none = select(not_a_number, 0.0, params.zero_infinity != 0u);

  for (var diagonal = diagonals_of(count); diagonal > 0u;) {
    diagonal--;
    let here = params.ends_offset + (2u * b + (diagonal & 1u)) * width();
    let behind = params.ends_offset + (2u * b + (~diagonal & 1u)) * width();
    let last = min(diagonal, count.symbols);
    for (var u = diagonal - min(diagonal, count.steps - 1u) + first; u <= last; u += STRIDE) {
      let t = diagonal - u;
      let cell = begin + t * width() + u;
      var rest = select(IMPOSSIBLE, 0.0, u == count.symbols);
      if (t + 1u < count.steps) {
        rest = ends[behind + u];
      }
      let by_blank = rest + scores[params.scores_offset + 2u * cell];
      var by_symbol = IMPOSSIBLE;
      if (u < count.symbols) {
        by_symbol = ends[behind + u + 1u] + scores[params.scores_offset + 2u * cell + 1u];
      }
      ends[here + u] = log_sum(by_blank, by_symbol);
      let beginning = alpha[params.alpha_offset + cell] - total;
      shares[params.shares_offset + 2u * cell] = select(exponential(beginning + by_blank), none, is_none);
      shares[params.shares_offset + 2u * cell + 1u] = select(exponential(beginning + by_symbol), none, is_none);
    }
    row_barrier();
  }
}
