// Sigmoid and tanh of one number or of four at once, without branches.
//
// The kernel says which: `alias Real = f32; const WIDTH: u32 = 1;` or `alias Real = vec4<f32>; const WIDTH: u32 = 4;`. WIDTH
// is the numbers in an element of its bindings: offsets and widths of rows are divided by it.

// 1 / (1 + e^-x), whose exponential may be ∞. NaN comes out of that by itself where exp gives NaN of NaN, as GPUs do. Where it
// gives ∞ (SwiftShader) the comparison holds; a compiler that takes it for true is one of a GPU.
fn sigmoid(x: Real) -> Real {
  return select(x, 1.0 / (1.0 + exp(-x)), x == x);
}

// Near 0 the polynomial of Cephes' tanhf; elsewhere 1 - 2 / (e^2|x| + 1), which is 1 in f32 from |x| = 9.02 on. NaN is not
// "elsewhere", and the polynomial keeps it.
fn safe_tanh(x: Real) -> Real {
  let z = x * x;
  let p = ((-5.70498872745e-3 * z + 2.06390887954e-2) * z - 5.37397155531e-2) * z + 1.33314422036e-1;
  let near = (p * z - 3.33332819422e-1) * z * x + x;
  let far = sign(x) * (1.0 - 2.0 / (exp(2.0 * min(abs(x), Real(9.1))) + 1.0));
  return select(near, far, abs(x) >= Real(0.625));
}
