// The activation of a recurrent net, of one or four numbers (see lib/real.wgsl), and its derivative by its result y.
//
// leaky_relu has the slope `slope` >= 0 on the negative side, so that y has the sign of x. At 0 the derivative is that
// of the negative side, as in PyTorch; where y is not a number it is none either.
//
// @use lib/real.wgsl
// @also relu ACTIVATION=1
// @also leaky_relu ACTIVATION=2
// @also sigmoid ACTIVATION=3
// @also identity ACTIVATION=4

// 0 is tanh.
override ACTIVATION: u32 = 0u;

fn activate(x: Real, slope: f32) -> Real {
  switch (ACTIVATION) {
    case 1u: { return select(x, Real(), x <= Real()); }
    case 2u: { return select(slope * x, x, x > Real()); }
    case 3u: { return sigmoid(x); }
    case 4u: { return x; }
    default: { return safe_tanh(x); }
  }
}

fn derivative(y: Real, slope: f32) -> Real {
  switch (ACTIVATION) {
    case 1u: { return select(y, Real(1.0), y > Real()); }
    case 2u: { return select(select(y, Real(slope), y <= Real()), Real(1.0), y > Real()); }
    case 3u: { return y * (1.0 - y); }
    case 4u: { return Real(1.0); }
    default: { return 1.0 - y * y; }
  }
}
