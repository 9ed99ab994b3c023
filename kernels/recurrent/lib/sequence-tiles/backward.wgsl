// Gradients in recurrent/lib/sequence-tiles/tile.wgsl: each gate's weights multiply the gradients of that gate.

const PARTS: u32 = GATES;

fn first_weight(own: Own) -> u32 {
  return weights_at(0u, own.unit) + own.gate * params.hidden_size * params.hidden_size;
}

// Before the first step numbers_tile holds the gradients of the gates of the step that followed.
fn begin(first: Step, finisher: Finisher) {
  if (first.recurrent) {
    for (var gate = 0u; gate < GATES; gate++) {
      let unit = gate * params.hidden_size + finisher.unit;
      numbers_tile[finisher.at + gate * WIDEST] = load_row(row_at(first, finisher.row) + unit);
    }
  }
}
