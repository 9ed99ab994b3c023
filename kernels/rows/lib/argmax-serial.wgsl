// Of one thread there is one best number.

fn best_place(first: u32, best: f32, place: u32) -> u32 {
  return place;
}
