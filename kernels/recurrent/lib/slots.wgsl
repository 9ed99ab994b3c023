// The slots of the histories that the step of a time reads and writes: time and time + 1, with reverse = 1 the other way round.

fn slot_before(time: u32) -> u32 {
  return time + params.reverse;
}

fn slot_after(time: u32) -> u32 {
  return time + 1u - params.reverse;
}
