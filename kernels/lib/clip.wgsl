// Clipping of all gradients together by their norm: the factor of PyTorch's clip_grad_norm_. clip_norm 0 is off.

fn clip_factor(norm: f32, clip_norm: f32) -> f32 {
  if (clip_norm <= 0.0) {
    return 1.0;
  }
  let factor = clip_norm / (norm + 1e-6);
  return select(factor, 1.0, factor > 1.0); // NaN stays, unlike in min
}
