// How a recurrence's gradient runs against its time, and what its steps multiply with the weights.
//
// d_gates of the step that followed in the forward pass, GATES · hidden numbers, by all weights: one sum for a unit. The last
// step of all was followed by none.
//
// weight_hh  [GATES · hidden, hidden]
// d_hs       [time, batch, hidden]: gradient of every step's output (has_d_hs)
// d_gates    [time, batch, GATES · hidden]: the following step's are read, this one's written
//
// @use recurrent/lib/slots.wgsl
// @use lib/lengths.wgsl

struct Params {
  has_d_hs: u32,
}

var<storage, read> weight_hh: array<Stored>;
var<storage, read> d_hs: array<Real>;
var<storage, read_write> d_gates: array<Real>;

alias Sums = array<Real, SUMS>;
alias Gradients = array<Real, GATES>;
// What a finished unit hands on: its d_gates.
alias Finished = Gradients;

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

// Where a step reads and writes, in elements of the bindings.
struct Step {
  time: u32,
  // The slots of the histories before and after it.
  before: u32,
  after: u32,
  // In what holds SAVED numbers of each unit and time.
  saved: u32,
  d_hs: u32,
  // Whether a step followed this one, whose d_gates is read.
  recurrent: bool,
  d_gates_read: u32,
  d_gates_write: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let d_gates_at = params.d_gates_offset / WIDTH;
  return Step(
    time,
    slot_before(time) * size,
    slot_after(time) * size,
    time * SAVED * size,
    params.d_hs_offset / WIDTH + time * size,
    is_followed(time),
    d_gates_at + following(time) * GATES * size,
    d_gates_at + time * GATES * size
  );
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
