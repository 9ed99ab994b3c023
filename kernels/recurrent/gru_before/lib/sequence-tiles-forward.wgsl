// Finishes half a step of a unit in recurrent/lib/sequence-tiles/tile.wgsl, and leaves there what the other half multiplies: s, then
// the new h.

fn finish_half(step: Step, half: u32, finisher: Finisher) {
  let row = finisher.row;
  let unit = finisher.unit;
  let at = finisher.at;
  if (half == 0u) {
    finish_gates(step, row, unit, sum_of(at, 0u, K_PARTS), sum_of(at, K_PARTS, K_PARTS));
    numbers_tile[at] = gates[params.gates_offset + step.saved + (row * SAVED + 3u) * params.hidden_size + unit];
  } else {
    finish_candidate(step, row, unit, sum_of(at, 2u * K_PARTS, K_PARTS));
    numbers_tile[at] = load_row(step.h_write + row * params.hidden_size + unit);
  }
}
