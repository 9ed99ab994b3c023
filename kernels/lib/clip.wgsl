// Clipping of all gradients together by their norm, and of each number of them. A limit of 0 is off.

// The factor of PyTorch's clip_grad_norm_.
fn clip_factor(norm: f32, clip_norm: f32) -> f32 {
  if (clip_norm <= 0.0) {
    return 1.0;
  }
  let factor = clip_norm / (norm + 1e-6);
  return select(factor, 1.0, factor > 1.0); // NaN stays, unlike in min
}

fn clip_to(x: vec4f, limit: f32) -> vec4f {
  if (limit <= 0.0) {
    return x;
  }
  let below = select(x, vec4f(limit), x > vec4f(limit));
  return select(below, vec4f(-limit), below < vec4f(-limit));
}
