// Functions of four real numbers at once: lib/math.wgsl's sigmoid and tanh without branches.

// 1 / (1 + e^-x). The clamp keeps exp finite; beyond it the result is 1e-35 instead of less.
fn stable_sigmoid4(x: vec4f) -> vec4f {
  return 1.0 / (1.0 + exp(-max(x, vec4f(-80.0))));
}

// Near 0 the polynomial of Cephes' tanhf; elsewhere 1 - 2 / (e^2|x| + 1), which is 1 in f32 from |x| = 9.02 on.
fn stable_tanh4(value: vec4f) -> vec4f {
  let x = clamp(value, vec4f(-9.1), vec4f(9.1));
  let z = x * x;
  let p = ((-5.70498872745e-3 * z + 2.06390887954e-2) * z - 5.37397155531e-2) * z + 1.33314422036e-1;
  let near = (p * z - 3.33332819422e-1) * z * x + x;
  let far = sign(x) * (1.0 - 2.0 / (exp(2.0 * abs(x)) + 1.0));
  return select(far, near, abs(x) < vec4f(0.625));
}
