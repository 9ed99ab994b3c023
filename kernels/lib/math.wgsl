// Functions of one real number, where WGSL has none or promises too little: its tanh may be off by 1e-5, its sin and
// cos by 2^-11 and that only within ±π, and any of them may break down where an intermediate result overflows.
// All here are written without differences of nearly equal numbers, which a compiler could "simplify" away. NaN comes out of
// all of them as NaN (see lib/numbers.wgsl).
//
// @use lib/numbers.wgsl

// 1 / (1 + e^-x). The argument of exp is never positive: nothing overflows on either side. Of NaN, exp may be NaN or ∞: the
// quotient is NaN.
fn stable_sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// Near 0 the polynomial of Cephes' tanhf; elsewhere 1 - 2 / (e^2|x| + 1), which is 1 in f32 from |x| = 9.02 on. NaN is not
// "elsewhere", and the polynomial keeps it.
fn stable_tanh(x: f32) -> f32 {
  if (abs(x) >= 0.625) {
    return sign(x) * (1.0 - 2.0 / (exp(2.0 * min(abs(x), 9.1)) + 1.0));
  }
  let z = x * x;
  let p = ((-5.70498872745e-3 * z + 2.06390887954e-2) * z - 5.37397155531e-2) * z + 1.33314422036e-1;
  return (p * z - 3.33332819422e-1) * z * x + x;
}

// x between two bounds; the upper one where the lower one is above it.
fn limited(x: f32, low: f32, high: f32) -> f32 {
  let raised = select(x, low, x < low);
  return select(raised, high, raised > high);
}

// e^x - 1 for x <= 0, exact also near 0.
fn expm1_negative(x: f32) -> f32 {
  let t = stable_tanh(0.5 * x);
  return 2.0 * t / (1.0 - t);
}

// log(1 + e) for e in [0, 1], exact also near 0: 2 atanh(e / (2 + e)) by its series, whose argument is at most 1/3.
fn log1p_unit(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let z = s * s;
  let p = ((((z / 15.0 + 1.0 / 13.0) * z + 1.0 / 11.0) * z + 1.0 / 9.0) * z + 1.0 / 7.0) * z + 1.0 / 5.0;
  return 2.0 * (s + s * z * (p * z + 1.0 / 3.0));
}

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|).
fn softplus(x: f32) -> f32 {
  return max(x, 0.0) + log1p_unit(exp(-abs(x)));
}

// Integral of the standard normal density up to x. The complementary error function is the rational Chebyshev fit of
// Press et al., "Numerical Recipes", section 6.2: 1.2e-7 relative, so the lower tail keeps its digits.
fn normal_cdf(x: f32) -> f32 {
  let z = min(abs(x), 20.0) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.5 * z);
  let p = t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807
    + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  let tail = 0.5 * t * exp(p - 1.26551223 - z * z);
  return select(tail, 1.0 - tail, x >= 0.0);
}

fn normal_density(x: f32) -> f32 {
  let z = min(abs(x), 20.0); // beyond, the density is 0 in f32 and the square might overflow
  return 0.3989422804014327 * exp(-0.5 * z * z);
}

// sin(x + quarter_turns · π/2). π/2 is subtracted in three parts, the first two of few enough bits that their multiples
// are exact (Cody and Waite), which leaves |r| <= π/4; polynomials of Cephes' sinf and cosf. Good for |x| up to 10^4.
fn sine_after(x: f32, quarter_turns: u32) -> f32 {
  let turns = round(clamp(x, -1e9, 1e9) * 0.6366197723675814);
  let r = fma(turns, -7.54978995489188216e-8, fma(turns, -4.837512969970703125e-4, fma(turns, -1.5703125, x)));
  let z = r * r;
  let quadrant = (bitcast<u32>(i32(turns)) + quarter_turns) & 3u;
  var y = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
  if ((quadrant & 1u) == 1u) {
    y = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
  }
  return select(y, -y, quadrant >= 2u);
}

fn sine(x: f32) -> f32 {
  return sine_after(x, 0u);
}

fn cosine(x: f32) -> f32 {
  return sine_after(x, 1u);
}

// x^exponent for every x, as IEEE 754 has it: x^0 = 1 = 1^exponent even where the other is not a number; a negative x with an
// integral exponent has the sign that it should, with another one the result is not a number. Integers up to 64 go by
// squaring: as exact as repeated multiplication.
fn power(x: f32, exponent: f32) -> f32 {
  let magnitude = abs(exponent);
  let integral = floor(exponent) == exponent;
  if (integral && magnitude <= 64.0) {
    var result = 1.0;
    var square = x;
    for (var rest = u32(magnitude); rest > 0u; rest >>= 1u) {
      if ((rest & 1u) == 1u) {
        result *= square;
      }
      if (rest > 1u) { // the square after the last one needed might overflow
        square *= square;
      }
    }
    if (exponent < 0.0) {
      return 1.0 / result;
    }
    return result;
  }
  if (x == 1.0) {
    return 1.0;
  }
  if (is_nan(x) || is_nan(exponent)) {
    return x + exponent;
  }
  if (x == 0.0) {
    return select(1.0 / abs(x), 0.0, exponent > 0.0);
  }
  if (x < 0.0 && !integral && abs(x) <= 3.4028234e38) {
    return sqrt(x);
  }
  if (x == -1.0 && magnitude > 3.4e38) { // every float from 2^24 on is even, ∞ counts as such
    return 1.0;
  }
  let odd = integral && floor(0.5 * exponent) * 2.0 != exponent;
  return select(1.0, -1.0, x < 0.0 && odd) * pow(abs(x), exponent);
}
