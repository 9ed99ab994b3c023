// How a recurrence runs forwards in time, with reverse = 1 backwards, and what its steps multiply with the weights.
//
// h of the time before, by each of GATES matrices [hidden, hidden]: GATES sums for a unit.
//
// @use recurrent/lib/slots.wgsl

alias Sums = array<Real, SUMS>;

// The time of the i-th step of a dispatch.
fn time_of(i: u32) -> u32 {
  return select(params.time + i, params.time - i, params.reverse != 0u);
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
