// Finishes a unit in recurrent/lib/sequence-tiles/tile.wgsl where all of a step is one product: adds its gates and makes of them
// their gradients.

fn finish_in_tile(step: Step, finisher: Finisher) {
  var sums = Sums();
  // the last step of all has no gradient behind it, not even that of a weight that is no number
  if (step.recurrent) {
    sums[0] = sum_of(finisher.at, 0u, SHARES);
  }
  let d = finish(step, finisher.row, finisher.unit, sums);
  for (var gate = 0u; gate < GATES; gate++) {
    numbers_tile[finisher.at + gate * WIDEST] = d[gate];
  }
}
