// Forward steps in recurrent/lib/sequence-tiles/tile.wgsl: all gates multiply h.

const PARTS: u32 = 1;

fn first_weight(own: Own) -> u32 {
  return weights_at(own.gate, own.unit);
}

// Before the first step numbers_tile holds h.
fn begin(first: Step, finisher: Finisher) {
  numbers_tile[finisher.at] = load_row(row_at(first, finisher.row) + finisher.unit);
}
