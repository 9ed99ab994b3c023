// One sum for a unit, or for each of four, of one batch row.

fn sums_at(unit: u32) -> array<u32, 1> {
  return array<u32, 1>(weights_at(0u, unit));
}

fn add_product(sums: Sums, at: array<u32, 1>, k: u32, x: Real) -> Sums {
  return Sums(sums[0] + load_weights(at[0], k) * x);
}
