// sgd: one step of stochastic gradient descent with momentum, in place
//
//   g  = the clipped gradient + weight_decay · p
//   u ← momentum·u + (1 - dampening)·g, but u ← g in the first step
//   p ← p - learning_rate · (nesterov ? g + momentum·u : u)
//
//   parameter, gradient, hyper, guard, and what a thread owns: optimizer/lib/update.wgsl
//   velocity   [size]  u
//
// The variant `plain` is for momentum 0: p ← p - learning_rate · g. velocity is bound and not touched; it may be any
// read-write buffer that no other binding has.
//
// I. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013, in PyTorch's
// form: the learning rate stands outside the velocity.
//
// @use optimizer/lib/update.wgsl
// @variant plain PLAIN=1

override PLAIN: bool = false;

struct Params {
  momentum: f32,
  dampening: f32,
  weight_decay: f32,
  nesterov: u32,
}

var<storage, read_write> velocity: array<vec4<f32>>;

fn update(i: u32) {
  let first = guard_word(GUARD_COUNT) == 1u;
  let rate = learning_rate();
  let p = parameter[params.parameter_offset / 4u + i];
  let g = clipped_gradient(i) + params.weight_decay * p;
  var direction = g;
  if (!PLAIN) {
    var u = g;
    if (!first) {
      u = params.momentum * velocity[params.velocity_offset / 4u + i] + (1.0 - params.dampening) * g;
    }
    velocity[params.velocity_offset / 4u + i] = u;
    direction = select(u, g + params.momentum * u, params.nesterov != 0u);
  }
  parameter[params.parameter_offset / 4u + i] = p - rate * direction;
}
