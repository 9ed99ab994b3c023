// Finishes a unit in recurrent/lib/sequence-tiles/tile.wgsl where all of a step is one product: of its sums makes its new h.

fn finish_in_tile(step: Step, finisher: Finisher) {
  var sums = Sums();
  for (var gate = 0u; gate < GATES; gate++) {
    sums[gate] = sum_of(finisher.at, gate * K_PARTS, K_PARTS);
  }
  numbers_tile[finisher.at] = finish(step, finisher.row, finisher.unit, sums);
}
