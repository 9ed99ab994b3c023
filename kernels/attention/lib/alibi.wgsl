// Slopes of ALiBi. The kernel has the parameter alibi_heads: the power of two at or below its number of query heads, or 0
// where there is no ALiBi.

// O. Press, N. Smith, M. Lewis, "Train short, test long", ICLR 2022: 2^(-8 (h + 1) / n) for n heads; where n is no power
// of two, those of the power below, then every other one of the power above.
fn alibi_slope(head: u32) -> f32 {
  if (params.alibi_heads == 0u) {
    return 0.0;
  }
  let n = f32(params.alibi_heads);
  if (head < params.alibi_heads) {
    return exp2(-8.0 * f32(head + 1u) / n);
  }
  return exp2(-4.0 * f32(2u * (head - params.alibi_heads) + 1u) / n);
}
