// lion: one step of Lion, in place
//
//   g  = the clipped gradient
//   c  = beta1·m + (1 - beta1)·g
//   p ← p - learning_rate · (sign(c) + weight_decay · p)
//   m ← beta2·m + (1 - beta2)·g
//
//   parameter, gradient, hyper, guard, and what a thread owns: optimizer/lib/update.wgsl
//   m          [size]  0 before the first step
//
// X. Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023.
//
// @use optimizer/lib/update.wgsl

struct Params {
  beta1: f32,
  beta2: f32,
  weight_decay: f32,
}

var<storage, read_write> m: array<vec4<f32>>;

fn update(i: u32) {
  let rate = learning_rate();
  let p = parameter[params.parameter_offset / 4u + i];
  let g = clipped_gradient(i);
  let old = m[params.m_offset / 4u + i];
  let c = params.beta1 * old + (1.0 - params.beta1) * g;
  // what is no number stays so
  let sign_of_c = select(select(c, vec4f(-1.0), c < vec4f()), vec4f(1.0), c > vec4f());
  m[params.m_offset / 4u + i] = params.beta2 * old + (1.0 - params.beta2) * g;
  parameter[params.parameter_offset / 4u + i] = p - rate * (sign_of_c + params.weight_decay * p);
}
