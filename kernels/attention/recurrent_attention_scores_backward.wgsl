// Gradient of the scores of recurrent_attention_forward:
//
//   d_weights[r, s] = d_context[r] · memory[b, s] + d_weights_given[r, s]        (each term where its flag is set)
//   d_scores[r, s] = weights[r, s] · (d_weights[r, s] − Σ_j weights[r, j] · d_weights[r, j])
//
//   memory           [batch, source, value_width]
//   weights          [rows, source]
//   lengths          [batch]          where has_lengths is 1; past it d_scores are 0 and nothing is read
//   d_context        [rows, value_width]
//   d_weights_given  [rows, source]
//   d_scores         [rows, source]
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). d_scores shares no buffer with the
// others.
//
// @name recurrent_attention_scores_{rows}_backward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/lengths.wgsl

struct Params {
  rows: u32,
  batch_size: u32,
  value_width: u32,
  has_d_context: u32,
  has_d_weights: u32,
}

var<storage, read> memory: array<f32>;
var<storage, read> weights: array<f32>;
var<storage, read> d_context: array<f32>;
var<storage, read> d_weights_given: array<f32>;
var<storage, read_write> d_scores: array<f32>;

// That of one weight.
fn weight_gradient(row: u32, s: u32) -> f32 {
  var result = 0.0;
  if (params.has_d_context != 0u) {
    let from_context = params.d_context_offset + row * params.value_width;
    let key = (row % params.batch_size) * params.seq_len + s;
    let from_memory = params.memory_offset + key * params.value_width;
    for (var k = 0u; k < params.value_width; k++) {
      result += d_context[from_context + k] * memory[from_memory + k];
    }
  }
  if (params.has_d_weights != 0u) {
    result += d_weights_given[params.d_weights_given_offset + row * params.seq_len + s];
  }
  return result;
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let from_weights = params.weights_offset + row * params.seq_len;
  let to_scores = params.d_scores_offset + row * params.seq_len;
  let end = end_of(row % params.batch_size);
  var mean = 0.0;
  for (var s = first; s < end; s += STRIDE) {
    let d_weight = weight_gradient(row, s);
    d_scores[to_scores + s] = d_weight;
    mean += weights[from_weights + s] * d_weight;
  }
  mean = row_sum(first, mean);
  for (var s = first; s < params.seq_len; s += STRIDE) {
    // past the end nothing is read
    var d_score = 0.0;
    if (s < end) {
      d_score = weights[from_weights + s] * (d_scores[to_scores + s] - mean);
    }
    d_scores[to_scores + s] = d_score;
  }
}
