// A step of Adam and its kin:
//
//   g  = the clipped gradient; COUPLED: + weight_decay · p (L2 regularisation); else p ← p · (1 - learning_rate · weight_decay)
//   m ← beta1·m + (1 - beta1)·g
//   v ← beta2·v + (1 - beta2)·g²
//   p ← p - learning_rate · (m / c1) / (√(largest(v) / c2) + epsilon)
//
// NESTEROV has beta1·m / c1' + (1 - beta1)·g / c1 in place of m / c1, c1' being the correction of the step to come.
//
//   parameter, gradient, hyper, guard, and what a thread owns: optimizer/lib/update.wgsl
//   m          [size]  0 before the first step
//   v          [size]  0 before the first step
//   c1, c2     the corrections in the guard
//
// The kernel has largest(i, v). The host should take c1 and c2 from beta1 and beta2 as rounded to f32:
// 1 - beta is then exact here, and this is the algorithm to the letter with those betas. (0.999 rounds to 0.999 + 1.3e-8, and
// 1 - beta2 is off by 1.3e-5 of itself.)
//
// @use optimizer/lib/update.wgsl

override COUPLED: bool = false;
override NESTEROV: bool = false;

struct Params {
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  weight_decay: f32,
}

var<storage, read_write> m: array<vec4<f32>>;
var<storage, read_write> v: array<vec4<f32>>;

fn update(i: u32) {
  let rate = learning_rate();
  let correction1 = bitcast<f32>(guard_word(GUARD_CORRECTION1));
  let correction2 = bitcast<f32>(guard_word(GUARD_CORRECTION2));

  var p = parameter[params.parameter_offset / 4u + i];
  var g = clipped_gradient(i);
  if (COUPLED) {
    g += params.weight_decay * p;
  } else {
    p -= rate * params.weight_decay * p;
  }
  let mean = params.beta1 * m[params.m_offset / 4u + i] + (1.0 - params.beta1) * g;
  let square = params.beta2 * v[params.v_offset / 4u + i] + (1.0 - params.beta2) * g * g;
  m[params.m_offset / 4u + i] = mean;
  v[params.v_offset / 4u + i] = square;
  var direction = mean / correction1;
  if (NESTEROV) {
    let next = correction1 + (1.0 - correction1) * (1.0 - params.beta1);
    direction = params.beta1 * mean / next + (1.0 - params.beta1) * g / correction1;
  }
  parameter[params.parameter_offset / 4u + i] =
    p - rate * direction / (sqrt(largest(i, square) / correction2) + params.epsilon);
}
