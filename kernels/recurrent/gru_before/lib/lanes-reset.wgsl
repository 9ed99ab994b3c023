// A half of a step of a GRU that resets before its product, in tiles (recurrent/lib/lanes/tile.wgsl): dn by w_n gives dr
// and the rest of the gradient of h.

const TILE_SUMS: u32 = 1;

fn row_of_sum(step: Step, sum: u32, row: u32) -> u32 {
  return step.d_gates_write + (row * GATES + 2u) * (params.hidden_size / WIDTH);
}

fn length_of_sum(step: Step, sum: u32) -> u32 {
  return params.hidden_size;
}

fn load_part(at: u32) -> Real {
  return load_row(at);
}

fn start_of_weights(sum: u32, unit: u32) -> u32 {
  return weights_at(0u, unit) + 2u * params.hidden_size * (params.hidden_size / WIDTH);
}

fn finish_tile(step: Step, row: u32, unit: u32, sums: array<Real, TILE_SUMS>) {
  finish_reset(step, row, unit, sums[0]);
}
