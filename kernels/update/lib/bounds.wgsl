// What a vector is multiplied with so that its norm lies between bounds, or goes a part of the way: 1 where the norm is within
// them, or 0, which has no direction, or not finite.
//
// @use lib/guard.wgsl

fn factor_within(norm: f32, least: f32, largest: f32, rate: f32) -> f32 {
  if (is_not_finite(bitcast<u32>(norm)) || norm <= 0.0 || (norm >= least && norm <= largest)) {
    return 1.0;
  }
  return (rate * clamp(norm, least, largest) + (1.0 - rate) * norm) / norm;
}
