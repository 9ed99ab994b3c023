// A half of a step of a GRU that resets before its product, in tiles (recurrent/lib/lanes/tile.wgsl): h by w_r and w_z
// gives both gates and s.

const TILE_SUMS: u32 = 2;

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

fn finish_tile(step: Step, row: u32, unit: u32, sums: array<Real, TILE_SUMS>) {
  finish_gates(step, row, unit, sums[0], sums[1]);
}
