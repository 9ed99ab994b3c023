// An example of what programs write for a cell whose products are of the same rows; see src/ops/loop/fused/.
//
//   a' = tanh(x + a · Aᵀ) ∘ σ(a · Bᵀ)      [batch, units], a' kept for all steps
//
// b0  x [time, batch, units] from at0 on
// b1  a [time + 1, batch, units] from at1 on: step t reads slot t and writes slot t + 1
// b2  A and B [units, units], one behind the other
//
// @use lib/real.wgsl
// @use recurrent/lib/slots.wgsl

struct Params {
  seq_len: u32,
  at0: u32,
  at1: u32,
  row_size: u32,
  weights_at: u32,
  weights_step: u32,
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
    params.at1 / WIDTH + slot_after(time0) * size,
    dispatch <= last
  );
}

fn row_at(step: Step, row: u32) -> u32 {
  return step.at1 + row * (params.row_size / WIDTH);
}

fn row_size(product: u32) -> u32 {
  return params.row_size;
}

fn row_length(step: Step) -> u32 {
  return select(0u, params.row_size, step.active0);
}

fn load_row(at: u32) -> Real {
  return b1[at];
}

const PER_WORD: u32 = 1;

fn bit_of(i: u32) -> u32 {
  return 0u;
}

fn weight_in(word: u32, bit: u32) -> Real {
  return b2[word];
}

fn weights_at(sum: u32, unit: u32) -> u32 {
  return params.weights_at + sum * params.weights_step + unit * params.row_size;
}

fn weights_stride() -> u32 {
  return 1u;
}

fn finish(step: Step, row: u32, unit: u32, sums: Sums) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  let place = row * width + unit;
  b1[step.at2 + place] = safe_tanh(b0[step.at0 + place] + sums[0]) * sigmoid(sums[1]);
}
