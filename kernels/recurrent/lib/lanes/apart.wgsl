// Each sum of recurrent/lib/lanes/tile.wgsl is of rows of its own.

fn row_of_sum(step: Step, sum: u32, row: u32) -> u32 {
  return rows_at(step, sum) + row * (row_size(sum) / WIDTH);
}

fn length_of_sum(step: Step, sum: u32) -> u32 {
  return row_length(step, sum);
}

const TILE_SUMS: u32 = SUMS;

fn load_part(at: u32) -> Real {
  return load_row(at);
}

fn finish_tile(step: Step, row: u32, unit: u32, sums: array<Real, TILE_SUMS>) {
  finish(step, row, unit, sums);
}
