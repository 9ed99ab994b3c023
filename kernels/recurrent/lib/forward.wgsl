// How a recurrence runs forwards in time, with reverse = 1 backwards, and what its steps multiply with the weights.
//
// h of the time before, by each of GATES matrices [hidden, hidden]: GATES sums for a unit.
//
// projected  [time, batch, GATES · hidden]: products of the inputs
// weight_hh  [GATES · hidden, hidden]
// h_history  [time + 1, batch, hidden]: step t reads slot t and writes slot t + 1, with reverse = 1 the other way round
//
// @use recurrent/lib/slots.wgsl
// @use lib/lengths.wgsl

var<storage, read> projected: array<Real>;
var<storage, read> weight_hh: array<Stored>;
var<storage, read_write> h_history: array<Real>;

alias Sums = array<Real, SUMS>;
// What a finished unit hands on: its new h.
alias Finished = Real;

// The time of the i-th step of a dispatch.
fn time_of(i: u32) -> u32 {
  return select(params.time + i, params.time - i, params.reverse != 0u);
}

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  projected: u32,
  h_read: u32,
  h_write: u32,
  // In what holds SAVED numbers of each unit and time.
  saved: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let h = params.h_history_offset / WIDTH;
  return Step(
    time,
    params.projected_offset / WIDTH + time * GATES * size,
    h + slot_before(time) * size,
    h + slot_after(time) * size,
    time * SAVED * size
  );
}

// Where the row begins that a step multiplies, in elements of its binding.
fn row_at(step: Step, row: u32) -> u32 {
  return step.h_read + row * (params.hidden_size / WIDTH);
}

fn load_row(at: u32) -> Real {
  return h_history[at];
}

// How many numbers of it there are to multiply.
fn row_length(step: Step) -> u32 {
  return params.hidden_size;
}
