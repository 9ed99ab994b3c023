// adagrad: one step of Adagrad, in place
//
//   g  = the clipped gradient + weight_decay · p
//   s ← s + g²
//   p ← p - learning_rate · g / (√s + epsilon)
//
//   parameter, gradient, hyper, guard, and what a thread owns: optimizer/lib/update.wgsl
//   accumulator  [size]  s; before the first step 0, or the initial value of the user's choice
//
// J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR
// 2011. In PyTorch's form, epsilon outside the root; decay of the learning rate is the host's.
//
// @use optimizer/lib/update.wgsl

struct Params {
  epsilon: f32,
  weight_decay: f32,
}

var<storage, read_write> accumulator: array<vec4<f32>>;

fn update(i: u32) {
  let rate = learning_rate();
  let p = parameter[params.parameter_offset / 4u + i];
  let g = clipped_gradient(i) + params.weight_decay * p;
  let sum = accumulator[params.accumulator_offset / 4u + i] + g * g;
  accumulator[params.accumulator_offset / 4u + i] = sum;
  parameter[params.parameter_offset / 4u + i] = p - rate * g / (sqrt(sum) + params.epsilon);
}
