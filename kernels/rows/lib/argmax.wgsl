// The place of a row's best number, which ranks before all others or is the first of those that do.
//
// The kernel has score(i), number i of what it reads, and best_place by rows/lib/argmax-parallel.wgsl or argmax-serial.wgsl.
//
// @use lib/rank.wgsl

// Of `count` numbers from `begin` on; all threads of the row get it.
fn best_of_row(first: u32, begin: u32, count: u32) -> u32 {
  // threads without an element have the row's first
  var place = select(0u, first, first < count);
  var best = score(begin + place);
  for (var i = first + STRIDE; i < count; i += STRIDE) {
    let value = score(begin + i);
    if (outranks(value, best)) {
      best = value;
      place = i;
    }
  }
  return best_place(first, best, place);
}
