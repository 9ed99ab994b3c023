// minimal_gates_forward: coefficients of the recurrence h_t = a_t · h_{t-1} + b_t of the minimal GRU and LSTM.
//
//   gru (default)  z = σ(k_z)                      a = 1 - z              b = z · g(k_h)
//   lstm           f = σ(k_f), i = σ(k_i)          a = f / (f + i)        b = i / (f + i) · g(k_h)
//
//   projected  [rows, 2 · hidden] (z, h), lstm [rows, 3 · hidden] (f, i, h): x · weightᵀ + bias
//   a, b       [rows, hidden]
//
// The normalised gates are σ(d) and σ(-d) with d = log f - log i = softplus(-k_i) - softplus(-k_f), so none is a quotient
// that could be 0 / 0 (Feng et al., "Were RNNs All We Needed?", 2024, algorithm 8). g is by the override ACTIVATION:
// 0 the paper's (x + 1/2 for x >= 0, else σ(x); positive, as their log space asks), 1 the identity, 2 tanh.
//
// Row r of a and b is time r / batch_size, sequence r % batch_size. Row r of projected is the same where batch_first is 0;
// where it is 1 projected has the sequences outermost, [batch_size, rows / batch_size, …]: so a batch-first input needs no
// copy.
//
// A thread owns one unit of one row. Dispatch ceil(rows · hidden / WORKGROUP_SIZE) workgroups, folded. No barriers. No
// binding aliases another.
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

var<storage, read_write> a: array<f32>;
var<storage, read_write> b: array<f32>;

fn candidate(x: f32) -> f32 {
  switch (ACTIVATION) {
    case 1u: { return x; }
    case 2u: { return stable_tanh(x); }
    default: {
      if (x >= 0.0) {
        return x + 0.5;
      }
      return stable_sigmoid(x);
    }
  }
}

fn own(i: u32) {
  if (i >= params.rows * params.hidden_size) {
    return;
  }
  let at = params.projected_offset + parts_at(i);

  // keep and take add up to 1, each by a sigmoid of its own: 1 - z would lose the digits of a small rest
  let given = minimal_of(at);
  a[params.a_offset + i] = stable_sigmoid(given.logit);
  b[params.b_offset + i] = stable_sigmoid(-given.logit) * candidate(given.candidate);
}
