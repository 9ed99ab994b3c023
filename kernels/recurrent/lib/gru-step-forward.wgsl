// Where a step of a GRU reads and writes.

// In elements of the bindings.
struct Step {
  time: u32,
  projected: u32,
  h_read: u32,
  h_write: u32,
  gates: u32,
}

fn step_at(time: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let h = params.h_history_offset / WIDTH + time * size;
  let gates_at = params.gates_offset / WIDTH + time * 4u * size;
  return Step(time, params.projected_offset / WIDTH + time * 3u * size, h, h + size, gates_at);
}
