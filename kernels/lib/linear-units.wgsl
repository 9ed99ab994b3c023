// Linear units: a number times how open its gate is, where the gate is the number's own (GELU, Hendrycks and Gimpel 2016;
// SiLU, Elfwing et al. 2018), and their derivatives.
//
// @use lib/math.wgsl

fn gelu(x: f32) -> f32 {
  return x * normal_cdf(x);
}

fn gelu_derivative(x: f32) -> f32 {
  return normal_cdf(x) + x * normal_density(x);
}

// ½(1 + tanh u) = sigmoid(2u) spares the cancellation at negative x. Beyond ±20 the result is x or 0 in f32, and the
// cube might overflow. The clamp may take NaN for a bound: the factor x brings it back, here and below.
fn gelu_tanh(x: f32) -> f32 {
  let z = clamp(x, -20.0, 20.0);
  return x * stable_sigmoid(2.0 * 0.7978845608028654 * (z + 0.044715 * z * z * z));
}

// Of x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³). From ±20 on it is 1 or 0 in f32.
fn gelu_tanh_derivative(x: f32) -> f32 {
  let z = clamp(x, -20.0, 20.0);
  let twice_u = 2.0 * 0.7978845608028654 * (z + 0.044715 * z * z * z);
  let slope = 2.0 * 0.7978845608028654 * (1.0 + 0.134145 * z * z);
  let s = stable_sigmoid(twice_u);
  return s + x * s * stable_sigmoid(-twice_u) * slope;
}

fn silu(x: f32) -> f32 {
  return x * stable_sigmoid(x);
}

fn silu_derivative(x: f32) -> f32 {
  let s = stable_sigmoid(x);
  return s + x * s * stable_sigmoid(-x);
}
