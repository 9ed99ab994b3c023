// What every recurrent kernel is told: its sizes, and its steps. `time` is that of the first step, `steps` how many there are.

struct Params {
  batch_size: u32,
  hidden_size: u32,
  time: u32,
  steps: u32,
  reverse: u32,
}

// The slots of the histories that the step of a time reads and writes: time and time + 1, with reverse = 1 the other way round.

fn slot_before(time: u32) -> u32 {
  return time + params.reverse;
}

fn slot_after(time: u32) -> u32 {
  return time + 1u - params.reverse;
}
