// ctc backward: occupancy[b, t, s] = share of the paths that spell a row's targets which are in state s at step t
//
//   log_probs       [batch, seq_len, classes]
//   targets         [batch, symbols]  i32
//   input_lengths   [batch]  i32, 0 to seq_len
//   target_lengths  [batch]  i32, 0 to symbols
//   alpha           [batch, seq_len, 2 · symbols + 1]  from the forward pass
//   totals          [batch]                          from the forward pass
//   occupancy       [batch, seq_len, 2 · symbols + 1]  of steps and states that count, others stay as they are; of a row without
//                                                    a path it means nothing
//
// A thread or a workgroup owns a row and goes through it from its end, see lib/rows-parallel.wgsl; in a workgroup a barrier after each step. A
// step first holds the log-probabilities of all ends of paths behind it, which the step before it reads, and becomes the share
// after that. Dispatch ceil(batch / 64) workgroups or batch of them, folded.
//
// @each technique serial parallel
// @name ctc_backward_{technique}
// @use lib/rows-{technique}.wgsl
// @use ctc/lib/states.wgsl

var<storage, read> alpha: array<f32>;
var<storage, read> totals: array<f32>;
var<storage, read_write> occupancy: array<f32>;

// What a state and all behind it come to, from the step behind.
fn ending(row: Row, at: u32, step: u32, state: u32) -> f32 {
  return occupancy[at + state] + score(step, class_of(row, state));
}

fn own_row(b: u32, first: u32) {
  if (b >= params.batch) {
    return;
  }
  let row = row_of(b);
  let begin = b * params.seq_len * width();
  let total = totals[params.totals_offset + b];
  let last = row.states - 1u;

  // one turn more, in which the first step becomes shares
  for (var i = 0u; i <= row.steps; i++) {
    let behind = row.steps - i; // the step behind
    let at_behind = begin + behind * width();
    if (i < row.steps) {
      let here = params.occupancy_offset + at_behind - width();
      for (var s = first; s < row.states; s += STRIDE) {
        // a path ends with the last symbol or the last blank
        var rest = select(IMPOSSIBLE, 0.0, s + 2u >= row.states);
        if (i > 0u) {
          let step = b * params.seq_len + behind;
          let there = params.occupancy_offset + at_behind;
          let one = select(IMPOSSIBLE, ending(row, there, step, min(s + 1u, last)), s < last);
          let two = select(IMPOSSIBLE, ending(row, there, step, min(s + 2u, last)), may_skip(row, s));
          rest = log_sum(ending(row, there, step, s), one, two);
        }
        occupancy[here + s] = rest;
      }
    }
    row_barrier();
    if (i > 0u) {
      for (var s = first; s < row.states; s += STRIDE) {
        let found = params.occupancy_offset + at_behind + s;
        let path = alpha[params.alpha_offset + at_behind + s] + occupancy[found];
        occupancy[found] = exponential(path - total);
      }
    }
  }
}
