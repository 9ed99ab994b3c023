// What the forward kernels of attention are given.
//
//   y[i] = Σ_j p[i, j] · v[j]      p = softmax_j(scale · q[i] · k[j] + bias[i, j])      lse[i] = log Σ_j e^score[i, j]
//
// y     [batch, num_heads, queries, value_dim]; 0 where a query sees no key
// lse   [batch, num_heads, queries]; 0 where a query sees no key
//
// y and lse alias nothing.
//
// @use attention/lib/operands.wgsl

var<storage, read_write> y: array<Element>;
var<storage, read_write> lse: array<f32>;

fn query_side(pair: u32, at: u32) -> Element {
  return q[at];
}

fn queries_offset(pair: u32) -> u32 {
  return params.q_offset;
}
