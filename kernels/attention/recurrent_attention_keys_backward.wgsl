// Sums over the queries of a group for the gradients of what recurrent_attention_forward reads in every step:
//
//   y[g, b, s, h] = Σ_t a[g, t, b, s] · x[g, t, b, h]                                            (default)
//   y[g, b, s, h] = v[h] · Σ_t a[g, t, b, s] · (1 − tanh²(x[g, t, b, h] + keys[b, s, h]))        (variant additive_keys)
//   y[g, b, s, h] = Σ_t a[g, t, b, s] · tanh(x[g, t, b, h] + keys[b, s, h])                      (variant additive_v)
//
// By default with a the weights and x the context's gradient it is the gradient of the memory; with a the scores' gradient
// and x the query, that of the keys. The variants give that of additive keys, and what sums up to that of v.
//
//   a     [groups, queries, batch, source]
//   x     [groups, queries, batch, width]
//   keys  [batch, source, width]           variants only; otherwise any buffer is bound
//   v     [width]                          additive_keys only
//   lengths  [batch]                       where has_lengths is 1; past it y is 0 and nothing is read
//   y     [groups, batch, source, width]
//
// A thread owns one element of y. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. y shares no buffer
// with the others.
//
// @use lib/by-element.wgsl
// @use lib/real.wgsl
// @use lib/lengths.wgsl
// @variant additive_keys OP=1
// @variant additive_v OP=2

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

const ADDITIVE_KEYS = 1u;
const ADDITIVE_V = 2u;

struct Params {
  size: u32,
  queries: u32,
  batch_size: u32,
  width: u32,
}

var<storage, read> a: array<f32>;
var<storage, read> x: array<f32>;
var<storage, read> keys: array<f32>;
var<storage, read> v: array<f32>;
var<storage, read_write> y: array<f32>;

alias Real = f32;
const WIDTH: u32 = 1;

fn own(i: u32) {
  let h = i % params.width;
  let position = i / params.width;
  let s = position % params.seq_len;
  let b = position / params.seq_len % params.batch_size;
  let group = position / params.seq_len / params.batch_size;

  if (s >= end_of(b)) {
    y[params.y_offset + i] = 0.0;
    return;
  }
  var sum = 0.0;
  for (var t = 0u; t < params.queries; t++) {
    let row = (group * params.queries + t) * params.batch_size + b;
    let factor = a[params.a_offset + row * params.seq_len + s];
    let value = x[params.x_offset + row * params.width + h];
    if (OP == 0u) {
      sum += factor * value;
      continue;
    }
    let activated = safe_tanh(value + keys[params.keys_offset + (b * params.seq_len + s) * params.width + h]);
    sum += factor * select(activated, 1.0 - activated * activated, OP == ADDITIVE_KEYS);
  }
  if (OP == ADDITIVE_KEYS) {
    sum *= v[params.v_offset + h];
  }
  y[params.y_offset + i] = sum;
}
