// What minLSTM's and minGRU's gates and their gradients are given, and where a row's numbers lie.

override WORKGROUP_SIZE: u32 = 64u;
override LSTM: bool = false;
override ACTIVATION: u32 = 0u;

struct Params {
  rows: u32,
  hidden_size: u32,
  batch_size: u32,
  batch_first: u32,
}

var<storage, read> projected: array<f32>;

// Where the numbers of element i of [rows, hidden] begin in projected; those of the other parts lie hidden apart.
fn parts_at(i: u32) -> u32 {
  let hidden = params.hidden_size;
  var row = i / hidden;
  if (params.batch_first != 0u) {
    row = row % params.batch_size * (params.rows / params.batch_size) + row / params.batch_size;
  }
  return row * hidden * select(2u, 3u, LSTM) + i % hidden;
}

// keep and take are the sigmoids of logit and -logit, and candidate that of which the candidate is made.
struct Minimal {
  logit: f32,
  candidate: f32,
}

fn minimal_of(at: u32) -> Minimal {
  let hidden = params.hidden_size;
  if (LSTM) {
    return Minimal(softplus(-projected[at + hidden]) - softplus(-projected[at]), projected[at + 2u * hidden]);
  }
  return Minimal(-projected[at], projected[at + hidden]);
}
