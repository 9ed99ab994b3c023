// Techniques go past the last row and the last unit, which comes to nothing here: the cell says in finish_unit what a unit becomes.

fn finish(step: Step, row: u32, unit: u32, sums: Sums) -> Finished {
  if (row >= params.batch_size || unit >= params.hidden_size / WIDTH) {
    return Finished();
  }
  return finish_unit(step, row, unit, sums);
}
