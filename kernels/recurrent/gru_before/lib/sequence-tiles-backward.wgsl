// Finishes half a gradient of a unit in recurrent/lib/sequence-tiles/tile.wgsl, and leaves there what the other half multiplies: dn,
// then dr and dz.

fn finish_half(step: Step, half: u32, finisher: Finisher) {
  let hidden = params.hidden_size;
  let at = finisher.at;
  let written_at = step.d_gates_write + finisher.row * GATES * hidden + finisher.unit;
  if (half == 0u) {
    // the last step of all has no gradient behind it, not even that of a weight that is no number
    let arriving = select(0.0, sum_of(at, 0u, 2u * K_PARTS), step.recurrent);
    finish_candidate(step, finisher.row, finisher.unit, arriving);
    numbers_tile[at + 2u * WIDEST] = load_row(written_at + 2u * hidden);
  } else {
    finish_reset(step, finisher.row, finisher.unit, sum_of(at, 2u * K_PARTS, K_PARTS));
    numbers_tile[at] = load_row(written_at);
    numbers_tile[at + WIDEST] = load_row(written_at + hidden);
  }
}
