// A half of a step of a GRU that resets before its product, in tiles (recurrent/lib/lanes/tile.wgsl): (dr dz)(following)
// by w_r and w_z gives dn and dz.

const TILE_SUMS: u32 = 1;

fn row_of_sum(step: Step, sum: u32, row: u32) -> u32 {
  return row_at(step, row);
}

fn length_of_sum(step: Step, sum: u32) -> u32 {
  return select(0u, 2u * params.hidden_size, step.recurrent);
}

fn load_part(at: u32) -> Real {
  return load_row(at);
}

fn start_of_weights(sum: u32, unit: u32) -> u32 {
  return weights_at(0u, unit);
}

fn finish_tile(step: Step, row: u32, unit: u32, sums: array<Real, TILE_SUMS>) {
  finish_candidate(step, row, unit, sums[0]);
}
