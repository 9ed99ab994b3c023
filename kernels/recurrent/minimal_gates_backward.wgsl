// minimal_gates_backward: from the gradients of the recurrence's coefficients to those of the projected inputs.
//
//   both   d_d = (d_a - d_b · g(k_h)) · a · (1 - a),   d_k_h = d_b · (1 - a) · g'(k_h),   a = σ(d)
//   gru    d = -k_z:                                   d_k_z = -d_d
//   lstm   d = softplus(-k_i) - softplus(-k_f):        d_k_f = d_d · σ(-k_f),   d_k_i = -d_d · σ(-k_i)
//
//   projected    [rows, 2 · hidden] (z, h), lstm [rows, 3 · hidden] (f, i, h), as minimal_gates_forward had it
//   d_a, d_b     [rows, hidden]
//   d_projected  as projected
//
// Variants, the order of rows and batch_first as in minimal_gates_forward. The gates are computed again: cheaper than to
// keep them. At 0 the derivative of the paper's g is taken from the right, 1.
//
// A thread owns one unit of one row. Dispatch ceil(rows · hidden / WORKGROUP_SIZE) workgroups, folded. No barriers.
// Inputs may share a buffer, d_projected is another.
//
// @use lib/by-thread.wgsl
// @use lib/math.wgsl
// @use recurrent/lib/minimal-gates.wgsl
// @variant gru_g LSTM=0 ACTIVATION=0
// @variant gru_identity LSTM=0 ACTIVATION=1
// @variant gru_tanh LSTM=0 ACTIVATION=2
// @variant lstm_g LSTM=1 ACTIVATION=0
// @variant lstm_identity LSTM=1 ACTIVATION=1
// @variant lstm_tanh LSTM=1 ACTIVATION=2

var<storage, read> d_a: array<f32>;
var<storage, read> d_b: array<f32>;
var<storage, read_write> d_projected: array<f32>;

// g(x) and g'(x).
fn candidate(x: f32) -> vec2f {
  switch (ACTIVATION) {
    case 1u: { return vec2f(x, 1.0); }
    case 2u: {
      let y = stable_tanh(x);
      return vec2f(y, 1.0 - y * y);
    }
    default: {
      if (x >= 0.0) {
        return vec2f(x + 0.5, 1.0);
      }
      let y = stable_sigmoid(x);
      return vec2f(y, y * (1.0 - y));
    }
  }
}

fn own(i: u32) {
  let hidden = params.hidden_size;
  if (i >= params.rows * hidden) {
    return;
  }
  let within = parts_at(i);
  let at = params.projected_offset + within;
  let to = params.d_projected_offset + within;

  let given = minimal_of(at);
  let keep = stable_sigmoid(given.logit);
  let take = stable_sigmoid(-given.logit);
  let g = candidate(given.candidate);
  let gradient_b = d_b[params.d_b_offset + i];
  let d_logit = (d_a[params.d_a_offset + i] - gradient_b * g.x) * keep * take;
  if (LSTM) {
    d_projected[to] = d_logit * stable_sigmoid(-projected[at]);
    d_projected[to + hidden] = -d_logit * stable_sigmoid(-projected[at + hidden]);
    d_projected[to + 2u * hidden] = gradient_b * take * g.y;
  } else {
    d_projected[to] = -d_logit;
    d_projected[to + hidden] = gradient_b * take * g.y;
  }
}
