// An example of what programs write for a cell that is given as a function of one step; see src/ops/loop/fused/.
//
//   a' = tanh(x + a · Aᵀ)      b' = tanh(a + b · Bᵀ)      [batch, units], a' and b' kept for all steps
//
// b0  x [time, batch, units] from at0 on
// b1  a and b [time + 1, batch, units] each, from at1 and at2 on: step t reads slot t and writes slot t + 1
// b2  A and B [units, units] from weights0 and weights1 on
//
// `time` is the number of the dispatch. Where the gradient of a cell is a step, its product comes last: a dispatch then ends one
// step and begins the next, and `Step` has the fields of both.
//
// @use lib/real.wgsl
// @use recurrent/lib/slots.wgsl

struct Params {
  seq_len: u32,
  at0: u32,
  at1: u32,
  at2: u32,
  row_size0: u32,
  row_size1: u32,
  weights0: u32,
  weights1: u32,
}

var<storage, read> b0: array<Real>;
var<storage, read_write> b1: array<Real>;
var<storage, read> b2: array<Real>;

const SUMS: u32 = 2;
alias Sums = array<Real, SUMS>;

fn time_of(i: u32) -> u32 {
  return params.time + i;
}

struct Step {
  at0: u32,
  at1: u32,
  at2: u32,
  at3: u32,
  at4: u32,
  active0: bool,
}

fn step_at(dispatch: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let last = params.seq_len - 1u;
  let i0 = min(dispatch, last);
  let time0 = select(i0, last - i0, params.reverse != 0u);
  return Step(
    params.at0 / WIDTH + time0 * size,
    params.at1 / WIDTH + slot_before(time0) * size,
    params.at2 / WIDTH + slot_before(time0) * size,
    params.at1 / WIDTH + slot_after(time0) * size,
    params.at2 / WIDTH + slot_after(time0) * size,
    dispatch <= last
  );
}

// Of each product: where its rows begin, how long they are, and how much of them counts.
fn rows_at(step: Step, product: u32) -> u32 {
  return array<u32, 2>(step.at1, step.at2)[product];
}

fn row_size(product: u32) -> u32 {
  return array<u32, 2>(params.row_size0, params.row_size1)[product];
}

fn row_length(step: Step, product: u32) -> u32 {
  return select(0u, row_size(product), array<bool, 2>(step.active0, step.active0)[product]);
}

fn load_row(at: u32) -> Real {
  return b1[at];
}

fn weights_start(product: u32) -> u32 {
  return array<u32, 2>(params.weights0, params.weights1)[product];
}

const PER_WORD: u32 = 1;

fn bit_of(i: u32) -> u32 {
  return 0u;
}

fn weight_in(word: u32, bit: u32) -> Real {
  return b2[word];
}

fn load_weight(at: u32) -> Real {
  return b2[at];
}

fn finish(step: Step, row: u32, unit: u32, sums: Sums) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let place_1_0 = row * width + unit;
  let a = b1[step.at1 + place_1_0];
  b1[step.at3 + place_1_0] = safe_tanh(b0[step.at0 + place_1_0] + sums[0]);
  b1[step.at4 + place_1_0] = safe_tanh(a + sums[1]);
}
