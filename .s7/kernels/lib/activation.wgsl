// The activation of a recurrent net, of one or four numbers, and its derivative by its result y.
//
// leaky_relu has the slope `slope` >= 0 on the negative side, so that y has the sign of x. At 0 the derivative is that
// of the negative side, as in PyTorch.
//
// @use lib/math.wgsl
// @use lib/vector.wgsl
// @variant relu ACTIVATION=1
// @variant leaky_relu ACTIVATION=2
// @variant sigmoid ACTIVATION=3
// @variant identity ACTIVATION=4

// 0 is tanh.
override ACTIVATION: u32 = 0u;

fn activate(x: f32, slope: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return max(x, 0.0); }
    case 2u: { return select(slope * x, x, x > 0.0); }
    case 3u: { return stable_sigmoid(x); }
    case 4u: { return x; }
    default: { return stable_tanh(x); }
  }
}

fn activate4(x: vec4f, slope: f32) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return max(x, vec4f()); }
    case 2u: { return select(slope * x, x, x > vec4f()); }
    case 3u: { return stable_sigmoid4(x); }
    case 4u: { return x; }
    default: { return stable_tanh4(x); }
  }
}

fn derivative(y: f32, slope: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return select(0.0, 1.0, y > 0.0); }
    case 2u: { return select(slope, 1.0, y > 0.0); }
    case 3u: { return y * (1.0 - y); }
    case 4u: { return 1.0; }
    default: { return 1.0 - y * y; }
  }
}

fn derivative4(y: vec4f, slope: f32) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return select(vec4f(), vec4f(1.0), y > vec4f()); }
    case 2u: { return select(vec4f(slope), vec4f(1.0), y > vec4f()); }
    case 3u: { return y * (1.0 - y); }
    case 4u: { return vec4f(1.0); }
    default: { return 1.0 - y * y; }
  }
}
