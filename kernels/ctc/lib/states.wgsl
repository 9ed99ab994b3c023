// What a path over time goes through: blank, first symbol, blank, second symbol, …, blank: state s is the blank where s is even,
// else symbol s / 2 of the row's targets. A path stays, goes on by one state, or skips the blank between two different symbols.
//
// @use lib/alignments.wgsl

struct Params {
  classes: u32,
  blank: u32,
}

var<storage, read> log_probs: array<f32>;
var<storage, read> targets: array<i32>;

// States of a step, those that do not count too.
fn width() -> u32 {
  return 2u * params.symbols + 1u;
}

// What counts of a row.
struct Row {
  steps: u32,
  states: u32,
  // Where its targets begin.
  targets: u32,
}

fn row_of(b: u32) -> Row {
  let count = count_of(b);
  return Row(count.steps, 2u * count.symbols + 1u, params.targets_offset + b * params.symbols);
}

// The class that a state stands for; -1 for a symbol that is none: the blank itself.
fn class_of(row: Row, state: u32) -> i32 {
  let blank = i32(params.blank);
  let symbol = targets[row.targets + state / 2u];
  return select(select(symbol, -1, symbol == blank), blank, (state & 1u) == 0u);
}

// Whether a path may go from a state to the next but one.
fn may_skip(row: Row, state: u32) -> bool {
  return (state & 1u) == 1u && state + 2u < row.states && class_of(row, state) != class_of(row, state + 2u);
}

// Log-probability of a class at a step, counted through all rows; NaN where there is no such class.
fn score(step: u32, class_index: i32) -> f32 {
  let column = min(bitcast<u32>(class_index), params.classes - 1u);
  let found = log_probs[params.log_probs_offset + step * params.classes + column];
  let not_a_number = bitcast<f32>(params.classes | 0x7fc00000u);
  return select(not_a_number, limited(found), bitcast<u32>(class_index) < params.classes);
}

// log(e^a + e^b + e^c)
fn log_sum(a: f32, b: f32, c: f32) -> f32 {
  let largest = larger(larger(a, b), c);
  return largest + log(exp(a - largest) + exp(b - largest) + exp(c - largest));
}
