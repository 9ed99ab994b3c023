// All sums of recurrent/lib/lanes/tile.wgsl are of the same rows, those of the step.

fn row_of_sum(step: Step, sum: u32, row: u32) -> u32 {
  return row_at(step, row);
}

fn length_of_sum(step: Step, sum: u32) -> u32 {
  return row_length(step);
}

fn load_part(at: u32) -> Real {
  return load_row(at);
}

fn start_of_weights(sum: u32, unit: u32) -> u32 {
  return weights_at(sum, unit);
}
