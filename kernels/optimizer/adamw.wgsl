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

fn largest(i: u32, square: vec4f) -> vec4f {
  return square;
}
