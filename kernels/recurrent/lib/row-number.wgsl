// The numbers of the rows that a step multiplies, for what brings them into workgroup memory: 0 past the edges.

fn row_number(step: Step, row: u32, k: u32) -> f32 {
  if (row >= params.batch_size || k >= row_length(step)) {
    return 0.0;
  }
  return load_row(row_at(step, row) + k);
}
