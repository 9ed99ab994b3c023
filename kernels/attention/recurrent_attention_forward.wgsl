// Attention of one query per row over the row's own sequence: masked scores, softmax and context in one go.
//
//   e[r, s] = query[r] · keys[b, s]                              (default; Luong et al. 2015)
//   e[r, s] = v · tanh(query[r] + keys[b, s])                    (variant additive; Bahdanau et al. 2015)
//   weights[r, s] = e^e[r, s] / Σ_j e^e[r, j] over j < length[b], 0 past it
//   context[r] = Σ_s weights[r, s] · memory[b, s]                with b = r mod batch
//
//   query    [rows, width]            rows = steps · batch
//   keys     [batch, source, width]
//   memory   [batch, source, value_width]
//   v        [width]                  additive only; otherwise any buffer is bound
//   lengths  [batch]                  where has_lengths is 1; 0 gives zeros
//   weights  [rows, source]
//   context  [rows, value_width]
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). No written binding shares a buffer
// with another.
//
// @name recurrent_attention_{rows}_forward
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use lib/real.wgsl
// @use lib/numbers.wgsl
// @use lib/lengths.wgsl
// @variant additive ADDITIVE=1

override ADDITIVE: bool = false;

alias Real = f32;
const WIDTH: u32 = 1;

struct Params {
  rows: u32,
  batch_size: u32,
  width: u32,
  value_width: u32,
}

var<storage, read> query: array<f32>;
var<storage, read> keys: array<f32>;
var<storage, read> memory: array<f32>;
var<storage, read> v: array<f32>;
var<storage, read_write> weights: array<f32>;
var<storage, read_write> context: array<f32>;

// That of one query and one key.
fn score_of(row: u32, key: u32) -> f32 {
  let from_query = params.query_offset + row * params.width;
  let from_key = params.keys_offset + key * params.width;
  var score = 0.0;
  for (var h = 0u; h < params.width; h++) {
    let q = query[from_query + h];
    let k = keys[from_key + h];
    if (ADDITIVE) {
      score += v[params.v_offset + h] * safe_tanh(q + k);
    } else {
      score += q * k;
    }
  }
  return score;
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let batch_row = row % params.batch_size;
  let end = end_of(batch_row);
  let to_weights = params.weights_offset + row * params.seq_len;

  var largest = -3.4e38;
  for (var s = first; s < end; s += STRIDE) {
    let score = score_of(row, batch_row * params.seq_len + s);
    weights[to_weights + s] = score;
    largest = max(largest, score);
  }
  largest = row_maximum(first, largest);

  var total = 0.0;
  for (var s = first; s < end; s += STRIDE) {
    let share = exp(weights[to_weights + s] - largest);
    weights[to_weights + s] = share;
    total += share;
  }
  total = checked_total(row_sum(first, total));

  for (var s = first; s < params.seq_len; s += STRIDE) {
    weights[to_weights + s] = select(0.0, weights[to_weights + s] / total, s < end);
  }
  row_barrier();

  for (var k = first; k < params.value_width; k += STRIDE) {
    let from_memory = params.memory_offset + batch_row * params.seq_len * params.value_width + k;
    var sum = 0.0;
    for (var s = 0u; s < end; s++) {
      sum += weights[to_weights + s] * memory[from_memory + s * params.value_width];
    }
    context[params.context_offset + row * params.value_width + k] = sum;
  }
}
