// random_fill: y[i] = a random number, from (seed, stream, i) alone
//
//   y  [size]
//
// Variants: uniform in [a, b); normal with mean a and standard deviation b; truncated_normal, the normal distribution
// cut off at two standard deviations either side of the mean (b is that of the distribution before the cut, as in
// Keras).
//
// key = threefry(seed, (stream, 0xFFFFFFFF)), the last word being one that no step number takes: a stream is apart from
// those of dropout. Element i is threefry(key, (i, 0)).
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// Normal: G. Box, M. Muller, "A note on the generation of random normal deviates", 1958. Truncated: the inverse of the
// distribution function, with the error function's inverse by M. Giles, "Approximating the erfinv function", GPU
// Computing Gems, 2011, of which the cut needs only the central branch.
//
// @use lib/by-element.wgsl
// @use lib/math.wgsl
// @use lib/random.wgsl
// @variant uniform OP=0
// @variant normal OP=1
// @variant truncated_normal OP=2

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

struct Params {
  size: u32,
  seed_low: u32,
  seed_high: u32,
  stream: u32,
  a: f32,
  b: f32,
}

var<storage, read_write> y: array<f32>;

// 1 - u is in (0, 1]; an imprecise log near 1 must not make the root's argument negative.
fn standard_normal(u: vec2f) -> f32 {
  let radius = sqrt(max(-2.0 * log(1.0 - u.x), 0.0));
  return radius * cosine(6.283185307179586 * u.y);
}

// √2 · erfinv(z), z uniform in ±erf(√2).
fn standard_truncated_normal(u: f32) -> f32 {
  let z = 0.9544997361036416 * (2.0 * u - 1.0);
  let w = -log((1.0 - z) * (1.0 + z)) - 2.5;
  let p = 1.50140941 + w * (0.246640727 + w * (-0.00417768164 + w * (-0.00125372503 + w * (0.00021858087
    + w * (-4.39150654e-6 + w * (-3.5233877e-6 + w * (3.43273939e-7 + w * 2.81022636e-8)))))));
  return clamp(1.4142135623730951 * p * z, -2.0, 2.0);
}

fn draw(bits: vec2u) -> f32 {
  let u = vec2f(uniform01(bits.x), uniform01(bits.y));
  switch (OP) {
    case 1u: { return params.a + params.b * standard_normal(u); }
    case 2u: { return params.a + params.b * standard_truncated_normal(u.x); }
    default: { return params.a + (params.b - params.a) * u.x; }
  }
}

fn own(i: u32) {
  let key = threefry2x32(vec2u(params.seed_low, params.seed_high), vec2u(params.stream, 0xFFFFFFFFu));
  y[params.y_offset + i] = draw(threefry2x32(key, vec2u(i, 0u)));
}
