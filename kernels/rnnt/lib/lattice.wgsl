// The lattice that a row's alignments go through: cell (t, u) is step t after u symbols. From there a path emits the next symbol,
// to (t, u + 1), or the blank, to (t + 1, u); it ends by the blank of the last step after the last symbol. Cells of one diagonal
// t + u depend on the diagonal before alone.
//
// @use lib/alignments.wgsl

// Cells of a step, those that do not count too.
fn width() -> u32 {
  return params.symbols + 1u;
}

// Diagonals of a row; none without a step.
fn diagonals_of(count: Count) -> u32 {
  return select(count.steps + count.symbols, 0u, count.steps == 0u);
}

// log(e^a + e^b)
fn log_sum(a: f32, b: f32) -> f32 {
  return larger(a, b) + log(1.0 + exp(-abs(a - b)));
}
