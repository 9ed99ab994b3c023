// batch_norm_sums_forward: mean and squared deviations of each feature, in chunks of rows.
//
//   partials[c, :, i] = N, m = Σ_r x[r, i] / N, Σ_r (x[r, i] - m)²   over the N rows r of chunk c that count
//
//   x         [rows, n]
//   partials  [chunks, 3, n]
//
// Chunk c holds rows from c · chunk_size up to, not including, min(rows, (c + 1) · chunk_size). batch_norm_statistics_forward
// makes one of all chunks.
//
// A thread owns one feature of a chunk (LANES with vec4); neighbours read neighbouring elements of x. It takes BLOCK rows at a
// time, their mean first and then the squares of what differs from it, so that nothing cancels, and merges them with those
// before. Dispatch ceil(chunks · n / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. x and partials may not share a
// buffer.
//
// @use lib/by-thread.wgsl
// @use rows/lib/batch-norm.wgsl
// @use rows/lib/moments.wgsl

const BLOCK = 64u;

struct Params {
  chunks: u32,
  chunk_size: u32,
}

var<storage, read> x: array<Element>;
var<storage, read_write> partials: array<Element>;

fn moments_of(start: u32, end: u32, column: u32) -> Moments {
  let n = params.n / LANES;
  let first = params.x_offset / LANES + column;
  var count = 0.0;
  var sum = Element();
  for (var row = start; row < end; row++) {
    if (counts(row)) {
      count += 1.0;
      sum += x[first + row * n];
    }
  }
  let mean = sum / max(count, 1.0);
  var squares = Element();
  for (var row = start; row < end; row++) {
    if (counts(row)) {
      let deviation = x[first + row * n] - mean;
      squares += deviation * deviation;
    }
  }
  return Moments(count, mean, squares);
}

fn own(element: u32) {
  let n = params.n / LANES;
  if (element >= params.chunks * n) {
    return;
  }
  let column = element % n;
  let chunk = element / n;
  let end = min(params.rows, (chunk + 1u) * params.chunk_size);

  var all = Moments(0.0, Element(), Element());
  for (var block = chunk * params.chunk_size; block < end; block += BLOCK) {
    all = merged(all, moments_of(block, min(end, block + BLOCK), column));
  }
  let to = params.partials_offset / LANES + chunk * 3u * n + column;
  partials[to] = Element(all.count);
  partials[to + n] = all.mean;
  partials[to + 2u * n] = all.squares;
}
