// rmsprop: one step of RMSprop with momentum, in place
//
//   g  = the clipped gradient + weight_decay · p
//   s ← smoothing·s + (1 - smoothing)·g²
//   u ← momentum·u + g / (√s + epsilon)
//   p ← p - learning_rate · u
//
//   parameter, gradient, hyper, guard, and what a thread owns: optimizer/lib/update.wgsl
//   square_average  [size]  s, 0 before the first step
//   velocity        [size]  u, 0 before the first step; not touched where momentum is 0
//
// T. Tieleman, G. Hinton, "Neural networks for machine learning", lecture 6.5, 2012. In PyTorch's form, where smoothing
// is called alpha, and epsilon stands outside the root.
//
// @use optimizer/lib/update.wgsl

struct Params {
  smoothing: f32,
  epsilon: f32,
  weight_decay: f32,
  momentum: f32,
}

var<storage, read_write> square_average: array<vec4<f32>>;
var<storage, read_write> velocity: array<vec4<f32>>;

fn update(i: u32) {
  let rate = learning_rate();
  let p = parameter[params.parameter_offset / 4u + i];
  let g = clipped_gradient(i) + params.weight_decay * p;
  let square = params.smoothing * square_average[params.square_average_offset / 4u + i] + (1.0 - params.smoothing) * g * g;
  square_average[params.square_average_offset / 4u + i] = square;
  var u = g / (sqrt(square) + params.epsilon);
  if (params.momentum != 0.0) {
    u += params.momentum * velocity[params.velocity_offset / 4u + i];
    velocity[params.velocity_offset / 4u + i] = u;
  }
  parameter[params.parameter_offset / 4u + i] = p - rate * u;
}
