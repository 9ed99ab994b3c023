// Which of the best numbers that a row's threads found is the best of all, by a tree in workgroup memory: every round prefers the
// larger number and among equal ones the lower index. May be called again and again.

var<workgroup> largest: array<f32, WORKGROUP_SIZE>;
var<workgroup> places: array<u32, WORKGROUP_SIZE>;

fn best_place(first: u32, best: f32, place: u32) -> u32 {
  workgroupBarrier(); // all have read what was found before
  largest[first] = best;
  places[first] = place;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if (first < half) {
      let other = largest[first + half];
      let other_place = places[first + half];
      let own = largest[first];
      if (outranks(other, own) || (!outranks(own, other) && other_place < places[first])) {
        largest[first] = other;
        places[first] = other_place;
      }
    }
    workgroupBarrier();
  }
  return places[0];
}
