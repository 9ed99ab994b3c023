// A half of a step of a GRU that resets before its product, in tiles (recurrent/lib/lanes/tile.wgsl): s by w_n gives the
// candidate and the new state.

const TILE_SUMS: u32 = 1;

fn row_of_sum(step: Step, sum: u32, row: u32) -> u32 {
  return params.gates_offset / WIDTH + step.saved + (row * SAVED + 3u) * (params.hidden_size / WIDTH);
}

fn length_of_sum(step: Step, sum: u32) -> u32 {
  return params.hidden_size;
}

fn load_part(at: u32) -> Real {
  return gates[at];
}

fn start_of_weights(sum: u32, unit: u32) -> u32 {
  return weights_at(2u, unit);
}

fn finish_tile(step: Step, row: u32, unit: u32, sums: array<Real, TILE_SUMS>) {
  finish_candidate(step, row, unit, sums[0]);
}
