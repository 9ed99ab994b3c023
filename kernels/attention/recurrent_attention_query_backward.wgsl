// Gradient of the query of recurrent_attention_forward:
//
//   d_query[r, h] = Σ_s d_scores[r, s] · keys[b, s, h]                                           (default)
//   d_query[r, h] = v[h] · Σ_s d_scores[r, s] · (1 − tanh²(query[r, h] + keys[b, s, h]))         (variant additive)
//
//   d_scores  [rows, source]
//   keys      [batch, source, width]
//   query     [rows, width]    additive only, as v; otherwise any buffer is bound
//   v         [width]
//   lengths   [batch]          where has_lengths is 1; nothing is read past it
//   d_query   [rows, width]
//
// A thread owns one element of d_query. Dispatch ceil(rows · width / WORKGROUP_SIZE) workgroups, folded. No barriers.
// d_query shares no buffer with the others.
//
// @use lib/by-thread.wgsl
// @use lib/real.wgsl
// @use lib/lengths.wgsl
// @variant additive ADDITIVE=1

override WORKGROUP_SIZE: u32 = 64u;
override ADDITIVE: bool = false;

struct Params {
  rows: u32,
  batch_size: u32,
  width: u32,
}

var<storage, read> d_scores: array<f32>;
var<storage, read> keys: array<f32>;
var<storage, read> query: array<f32>;
var<storage, read> v: array<f32>;
var<storage, read_write> d_query: array<f32>;

alias Real = f32;
const WIDTH: u32 = 1;

fn own(i: u32) {
  if (i >= params.rows * params.width) {
    return;
  }
  let row = i / params.width;
  let h = i % params.width;
  let from_scores = params.d_scores_offset + row * params.seq_len;
  let from_keys = params.keys_offset + (row % params.batch_size) * params.seq_len * params.width + h;

  var sum = 0.0;
  let end = end_of(row % params.batch_size);
  for (var s = 0u; s < end; s++) {
    let d_score = d_scores[from_scores + s];
    let key = keys[from_keys + s * params.width];
    if (ADDITIVE) {
      let y = safe_tanh(query[params.query_offset + i] + key);
      sum += d_score * (1.0 - y * y);
    } else {
      sum += d_score * key;
    }
  }
  if (ADDITIVE) {
    sum *= v[params.v_offset + h];
  }
  d_query[params.d_query_offset + i] = sum;
}
