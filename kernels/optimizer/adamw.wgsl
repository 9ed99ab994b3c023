// adamw: one step of AdamW, in place
//
//   g  = gradient · min(1, clip_norm / (norm + 1e-6))        clip_norm 0: not clipped
//   p ← p · (1 - learning_rate · weight_decay)
//   m ← beta1·m + (1 - beta1)·g
//   v ← beta2·v + (1 - beta2)·g²
//   p ← p - learning_rate · (m / c1) / (√(v / c2) + epsilon)
//
//   parameter, gradient, hyper, guard, and what a thread owns: optimizer/lib/update.wgsl
//   m          [size]  0 before the first step
//   v          [size]  0 before the first step
//   c1, c2     the corrections in the guard
//
// The variant `adam` adds weight_decay · p to g after clipping instead of shrinking p: L2 regularisation.
//
// The host should take c1 and c2 from beta1 and beta2 as rounded to f32: 1 - beta is then exact here, and this is the
// algorithm to the letter with those betas. (0.999 rounds to 0.999 + 1.3e-8, and 1 - beta2 is off by 1.3e-5 of itself.)
//
// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015; I. Loshchilov, F. Hutter, "Decoupled
// weight decay regularization", ICLR 2019. Order of operations as in PyTorch.
//
// @use optimizer/lib/update.wgsl
// @variant adam COUPLED=1

override COUPLED: bool = false;

struct Params {
  size: u32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  weight_decay: f32,
  clip_norm: f32,
  parameter_offset: u32,
  gradient_offset: u32,
  m_offset: u32,
  v_offset: u32,
  hyper_offset: u32,
  guard_offset: u32,
}

@group(0) @binding(4) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

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
  parameter[params.parameter_offset / 4u + i] =
    p - rate * (mean / correction1) / (sqrt(square / correction2) + params.epsilon);
}
