// Each sum of recurrent/lib/lanes/tile.wgsl is of rows of its own.
//
// @use recurrent/lib/lanes/all-sums.wgsl

fn row_of_sum(step: Step, sum: u32, row: u32) -> u32 {
  return rows_at(step, sum) + row * (row_size(sum) / WIDTH);
}

fn length_of_sum(step: Step, sum: u32) -> u32 {
  return row_length(step, sum);
}

fn load_part(at: u32) -> Real {
  return load_row(at);
}
