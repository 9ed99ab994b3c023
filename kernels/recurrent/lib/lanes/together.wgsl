// All sums of recurrent/lib/lanes/tile.wgsl are of the same rows.

fn row_of_sum(step: Step, sum: u32, row: u32) -> u32 {
  return row_at(step, row);
}

fn length_of_sum(step: Step, sum: u32) -> u32 {
  return row_length(step);
}
