// batch_norm_sums_backward: what the gradients of batch_norm_forward with the batch's statistics are made of, in chunks of rows.
//
//   partials[c, 0, i] = Σ_r d_y[r, i]
//   partials[c, 1, i] = Σ_r d_y[r, i] · (x[r, i] - mean[i]) / √(variance[i] + epsilon)   over the rows r of chunk c that count
//
//   x, d_y    [rows, n]
//   stats     [3, n]          mean, variance and N of batch_norm_statistics_forward
//   partials  [chunks, 2, n]  with one chunk the sums themselves: the gradients of bias and weight; else reduce_columns adds them up
//
// Chunk c holds rows from c · chunk_size up to, not including, min(rows, (c + 1) · chunk_size).
//
// A thread owns one feature of a chunk (LANES with vec4); neighbours read neighbouring elements. It adds up BLOCK rows at a
// time: the rounding error grows with the length of a chain. Dispatch ceil(chunks · n / LANES / WORKGROUP_SIZE) workgroups,
// folded. No barriers. Inputs may share a buffer, partials is another.
//
// @use lib/by-thread.wgsl
// @use rows/lib/batch-norm.wgsl

const BLOCK = 64u;

struct Params {
  chunks: u32,
  chunk_size: u32,
  epsilon: f32,
}

var<storage, read> x: array<Element>;
var<storage, read> d_y: array<Element>;
var<storage, read> stats: array<Element>;
var<storage, read_write> partials: array<Element>;

fn own(element: u32) {
  let n = params.n / LANES;
  if (element >= params.chunks * n) {
    return;
  }
  let column = element % n;
  let chunk = element / n;
  let end = min(params.rows, (chunk + 1u) * params.chunk_size);
  let first_x = params.x_offset / LANES + column;
  let first_d_y = params.d_y_offset / LANES + column;
  let mean = stats[params.stats_offset / LANES + column];
  let deviation = sqrt(stats[params.stats_offset / LANES + n + column] + params.epsilon);

  var sum = Element();
  var product = Element();
  for (var block = chunk * params.chunk_size; block < end; block += BLOCK) {
    let block_end = min(end, block + BLOCK);
    var block_sum = Element();
    var block_product = Element();
    for (var row = block; row < block_end; row++) {
      if (counts(row)) {
        let gradient = d_y[first_d_y + row * n];
        block_sum += gradient;
        block_product += gradient * (x[first_x + row * n] - mean);
      }
    }
    sum += block_sum;
    product += block_product;
  }
  let to = params.partials_offset / LANES + chunk * 2u * n + column;
  partials[to] = sum;
  partials[to + n] = product / deviation;
}
