// Rows whose targets are not aligned with their steps: how much of each counts, and logarithms of probabilities of alignments.
//
// These are at least IMPOSSIBLE, in place of -∞, whose differences would be no numbers. NaN stays.
//
// @use lib/numbers.wgsl

struct Params {
  batch: u32,
  seq_len: u32,
  symbols: u32,
}

var<storage, read> input_lengths: array<i32>;
var<storage, read> target_lengths: array<i32>;

const IMPOSSIBLE = -1e30;

// Anything above is the probability of something that can be.
const POSSIBLE = -1e29;

struct Count {
  steps: u32,
  symbols: u32,
}

fn count_of(b: u32) -> Count {
  let steps = min(u32(max(input_lengths[params.input_lengths_offset + b], 0)), params.seq_len);
  let symbols = min(u32(max(target_lengths[params.target_lengths_offset + b], 0)), params.symbols);
  return Count(steps, symbols);
}

fn limited(logarithm: f32) -> f32 {
  return select(logarithm, IMPOSSIBLE, logarithm < IMPOSSIBLE);
}
