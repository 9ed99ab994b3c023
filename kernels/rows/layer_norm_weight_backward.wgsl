// layer_norm_weight_backward: gradient of layer_norm_forward's weight, in chunks of rows.
//
//   partials[o, c, i] = Σ_r in chunk c  d_y[o, r, i] · (x[o, r, i] - mean_or) · rstd_or
//
//   x, d_y    [outer, rows, n]
//   stats     [outer, rows, 2]    mean and rstd of layer_norm_forward (any variant: `rms` stores the mean 0)
//   partials  [outer, chunks, n]  with one chunk the gradient itself; else reduce_columns adds them up
//
// `outer` is the number of gradients wanted, 1 but for weights that get one for each step of a loop. Chunk c holds rows
// from c · chunk_size up to, not including, min(rows, (c + 1) · chunk_size).
//
// A thread owns one element of partials; neighbours read neighbouring elements of x. Dispatch
// ceil(outer · chunks · n / WORKGROUP_SIZE) workgroups, folded. No barriers. Inputs may share a buffer, partials is another.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  outer: u32,
  rows: u32,
  n: u32,
  chunks: u32,
  chunk_size: u32,
}

var<storage, read> x: array<f32>;
var<storage, read> d_y: array<f32>;
var<storage, read> stats: array<f32>;
var<storage, read_write> partials: array<f32>;

fn own(element: u32) {
  if (element >= params.outer * params.chunks * params.n) {
    return;
  }
  let column = element % params.n;
  let chunk = (element / params.n) % params.chunks;
  let outer = element / params.n / params.chunks;
  let end = min(params.rows, (chunk + 1u) * params.chunk_size);

  var sum = 0.0;
  for (var r = chunk * params.chunk_size; r < end; r++) {
    let row = outer * params.rows + r;
    let mean = stats[params.stats_offset + 2u * row];
    let rstd = stats[params.stats_offset + 2u * row + 1u];
    let at = row * params.n + column;
    sum += d_y[params.d_y_offset + at] * (x[params.x_offset + at] - mean) * rstd;
  }
  partials[params.partials_offset + element] = sum;
}
