// Three sums for a unit, or for each of four, of one batch row.

fn sums_at(unit: u32) -> array<u32, 3> {
  return array<u32, 3>(weights_at(0u, unit), weights_at(1u, unit), weights_at(2u, unit));
}

fn add_product(sums: Sums, at: array<u32, 3>, k: u32, x: Real) -> Sums {
  return Sums(
    sums[0] + load_weights(at[0], k) * x,
    sums[1] + load_weights(at[1], k) * x,
    sums[2] + load_weights(at[2], k) * x
  );
}
