// ctc gradient: d_logits[b, t, c] = (e^log_probs[b, t, c] - Σ_s occupancy[b, t, s]) · d_losses[b], s being the states of class c
//
//   log_probs       [batch, seq_len, classes]  the log-softmax of the logits
//   targets         [batch, symbols]  i32
//   input_lengths   [batch]  i32; steps from there on have gradient 0, whatever stands there
//   target_lengths  [batch]  i32
//   occupancy       [batch, seq_len, 2 · symbols + 1]  from the backward pass
//   totals          [batch]  from the forward pass; a row without a path has gradient NaN, or 0 with zero_infinity
//   d_losses        [batch]
//   d_logits        [batch, seq_len, classes]
//
// A thread or a workgroup owns a step of a row, see lib/rows-parallel.wgsl. First every class is written as if it were spelt nowhere, the blank
// aside; then each symbol's first place in the targets writes the symbol's class anew: sums of a fixed order, and no two threads
// write one element at a time. In a workgroup barriers in the sum of the blanks and between the two. Dispatch
// ceil(batch · seq_len / 64) workgroups or batch · seq_len of them, folded.
//
// @each technique serial parallel
// @name ctc_gradient_{technique}
// @use lib/rows-{technique}.wgsl
// @use ctc/lib/states.wgsl

struct Params {
  zero_infinity: u32,
}

var<storage, read> occupancy: array<f32>;
var<storage, read> totals: array<f32>;
var<storage, read> d_losses: array<f32>;
var<storage, read_write> d_logits: array<f32>;

fn own_row(step: u32, first: u32) {
  if (step >= params.batch * params.seq_len) {
    return;
  }
  let b = step / params.seq_len;
  let row = row_of(b);
  let symbols = row.states / 2u;
  let at = params.occupancy_offset + step * (2u * params.symbols + 1u);
  let source = params.log_probs_offset + step * params.classes;
  let result = params.d_logits_offset + step * params.classes;

  let total = totals[params.totals_offset + b];
  let is_none = total <= POSSIBLE;
  let not_a_number = bitcast<f32>(params.classes | 0x7fc00000u);
  let slope = select(d_losses[params.d_losses_offset + b], not_a_number, is_none);
  // 0 times what stands there need not be 0
  let is_zero = step % params.seq_len >= row.steps || (is_none && params.zero_infinity != 0u);

  var blanks = 0.0;
  for (var s = 2u * first; s < row.states; s += 2u * STRIDE) {
    blanks += occupancy[at + s];
  }
  blanks = row_sum(first, blanks);
  for (var c = first; c < params.classes; c += STRIDE) {
    let spelt = select(0.0, blanks, c == params.blank);
    d_logits[result + c] = select((exponential(log_probs[source + c]) - spelt) * slope, 0.0, is_zero);
  }
  row_barrier();

  for (var i = first; i < symbols; i += STRIDE) {
    let symbol = class_of(row, 2u * i + 1u);
    var is_first = bitcast<u32>(symbol) < params.classes;
    for (var j = 0u; j < i; j++) {
      is_first = is_first && targets[row.targets + j] != symbol;
    }
    if (is_first) {
      var spelt = 0.0;
      for (var j = i; j < symbols; j++) {
        spelt += select(0.0, occupancy[at + 2u * j + 1u], targets[row.targets + j] == symbol);
      }
      let c = u32(symbol);
      d_logits[result + c] = select((exponential(log_probs[source + c]) - spelt) * slope, 0.0, is_zero);
    }
  }
}
