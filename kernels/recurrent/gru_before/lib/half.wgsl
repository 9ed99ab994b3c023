// A product of rows with one matrix of a GRU that resets before its product, of which a step has one after the other.
//
// @use recurrent/lib/weights-fours.wgsl

// Rows from `first` on, `stride` apart, `count` fours of each, by the weights from `weights` on.
struct Half {
  first: u32,
  stride: u32,
  count: u32,
  weights: u32,
  // Whether it is the last of a step.
  second: bool,
}
