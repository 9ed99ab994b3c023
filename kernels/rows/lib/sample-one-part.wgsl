// The only chunk of a row that has one thread.

fn part_of(first: u32, chunk: Chunk, cut: Cut, number: f32) -> Part {
  let equals = min(chunk.equals, cut.equals);
  return Part(0u, number * (chunk.above + f32(equals) * cut.weight), equals);
}
