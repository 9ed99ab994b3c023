// batch_norm_forward: y[r, i] = (x[r, i] - mean[i]) / √(variance[i] + epsilon) · weight[i] + bias[i], and 0 in rows that do not
// count
//
//   x, y            [rows, n]
//   mean, variance  [n]        the batch's or the running ones
//   weight, bias    [n]        taken for 1 and 0, and not read, where has_… is 0: any other input may be bound then
//
// Ioffe and Szegedy, "Batch normalization", 2015.
//
// A thread owns one element (LANES with vec4). Dispatch ceil(rows · n / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers.
// Inputs may share a buffer, y is another.
//
// @use lib/by-thread.wgsl
// @use rows/lib/batch-norm.wgsl

struct Params {
  has_weight: u32,
  has_bias: u32,
  epsilon: f32,
}

var<storage, read> x: array<Element>;
var<storage, read> mean: array<Element>;
var<storage, read> variance: array<Element>;
var<storage, read> weight: array<Element>;
var<storage, read> bias: array<Element>;
var<storage, read_write> y: array<Element>;

fn own(element: u32) {
  let n = params.n / LANES;
  if (element >= params.rows * n) {
    return;
  }
  let i = element % n;
  var value = Element();
  if (counts(element / n)) {
    let deviation = x[params.x_offset / LANES + element] - mean[params.mean_offset / LANES + i];
    value = deviation / sqrt(variance[params.variance_offset / LANES + i] + params.epsilon);
    if (params.has_weight != 0u) {
      value *= weight[params.weight_offset / LANES + i];
    }
    if (params.has_bias != 0u) {
      value += bias[params.bias_offset / LANES + i];
    }
  }
  y[params.y_offset / LANES + element] = value;
}
