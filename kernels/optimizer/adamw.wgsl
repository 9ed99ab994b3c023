// adamw: one step of AdamW, in place; by variant of Adam, NAdam and NAdamW
//
// Formula, bindings and what a thread owns: optimizer/lib/adam.wgsl.
//
// D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015; I. Loshchilov, F. Hutter, "Decoupled
// weight decay regularization", ICLR 2019; T. Dozat, "Incorporating Nesterov momentum into Adam", 2016 (with a constant
// beta1). Order of operations as in PyTorch.
//
// @use optimizer/lib/adam.wgsl
// @variant adam COUPLED=1
// @variant nadam COUPLED=1 NESTEROV=1
// @variant nadamw NESTEROV=1

struct Params {
  size: u32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  weight_decay: f32,
  clip_norm: f32,
  clip_value: f32,
  parameter_offset: u32,
  gradient_offset: u32,
  m_offset: u32,
  v_offset: u32,
  hyper_offset: u32,
  guard_offset: u32,
}

@group(0) @binding(6) var<uniform> params: Params;

fn largest(i: u32, square: vec4f) -> vec4f {
  return square;
}
