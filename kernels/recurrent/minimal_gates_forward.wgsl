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
// @variant gru_g LSTM=0 ACTIVATION=0
// @variant gru_identity LSTM=0 ACTIVATION=1
// @variant gru_tanh LSTM=0 ACTIVATION=2
// @variant lstm_g LSTM=1 ACTIVATION=0
// @variant lstm_identity LSTM=1 ACTIVATION=1
// @variant lstm_tanh LSTM=1 ACTIVATION=2

override WORKGROUP_SIZE: u32 = 64u;
override LSTM: bool = false;
override ACTIVATION: u32 = 0u;

struct Params {
  rows: u32,
  hidden_size: u32,
  batch_size: u32,
  batch_first: u32,
  projected_offset: u32,
  a_offset: u32,
  b_offset: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

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
  let hidden = params.hidden_size;
  if (i >= params.rows * hidden) {
    return;
  }
  var row = i / hidden;
  if (params.batch_first != 0u) {
    row = row % params.batch_size * (params.rows / params.batch_size) + row / params.batch_size;
  }
  let at = params.projected_offset + row * hidden * select(2u, 3u, LSTM) + i % hidden;

  // keep and take add up to 1, each by a sigmoid of its own: 1 - z would lose the digits of a small rest
  var logit: f32;
  var k_h: f32;
  if (LSTM) {
    logit = softplus(-projected[at + hidden]) - softplus(-projected[at]);
    k_h = projected[at + 2u * hidden];
  } else {
    logit = -projected[at];
    k_h = projected[at + hidden];
  }
  a[params.a_offset + i] = stable_sigmoid(logit);
  b[params.b_offset + i] = stable_sigmoid(-logit) * candidate(k_h);
}
