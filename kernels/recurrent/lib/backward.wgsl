// How a recurrence's gradient runs against its time, and what its steps multiply with the weights.
//
// d_gates of the step that followed in the forward pass, GATES · hidden numbers, by all weights: one sum for a unit. The last
// step of all was followed by none.
//
// @use recurrent/lib/slots.wgsl

alias Sums = array<Real, SUMS>;
alias Gradients = array<Real, GATES>;

// The time of the i-th step of a dispatch.
fn time_of(i: u32) -> u32 {
  return select(params.time - i, params.time + i, params.reverse != 0u);
}

fn is_followed(time: u32) -> bool {
  return time + 1u - 2u * params.reverse < params.seq_len; // below 0 it is far beyond seq_len
}

// The time of the step that followed; that of the step itself where none did.
fn following(time: u32) -> u32 {
  return select(time, time + 1u - 2u * params.reverse, is_followed(time));
}

// Whether a row that ends at `end` took its last step at a time.
fn is_last(time: u32, end: u32) -> bool {
  return select(time + 1u == end, time == 0u, params.reverse != 0u);
}

// Where the row begins that a step multiplies, in elements of its binding.
fn row_at(step: Step, row: u32) -> u32 {
  return step.d_gates_read + row * GATES * (params.hidden_size / WIDTH);
}

fn load_row(at: u32) -> Real {
  return d_gates[at];
}

// How many numbers of it there are to multiply.
fn row_length(step: Step) -> u32 {
  return select(0u, GATES * params.hidden_size, step.recurrent);
}
