// Puts together what attention_decode has made of the parts of the keys.
//
//   y = Σ_p e^(largest[p] - M) · sums[p] / Σ_p e^(largest[p] - M) · total[p]      M = max_p largest[p]
//
// stats, sums, lengths  see attention_decode
// y    [batch · kv_heads, rows, value_dim] = [batch, num_heads, queries, value_dim]; 0 where a row sees no key
//
// A thread owns one element of y and reads only the parts that hold keys: those up to ceil(length / part_keys). size = batch ·
// kv_heads · rows · value_dim; dispatch ceil(size / 64) workgroups, folded. No barriers. Nothing is aliased.
//
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  size: u32,
  kv_heads: u32,
  queries: u32,
  rows: u32,
  capacity: u32,
  parts: u32,
  part_keys: u32,
  value_dim: u32,
  causal: u32,
  has_lengths: u32,
}

var<storage, read> stats: array<f32>;
var<storage, read> sums: array<f32>;
var<storage, read> lengths: array<i32>;
var<storage, read_write> y: array<f32>;

fn own(n: u32) {
  let d = n % params.value_dim;
  let row = n / params.value_dim;
  var length = params.capacity;
  if (params.has_lengths != 0u) {
    let b = row / params.rows / params.kv_heads;
    length = min(u32(max(lengths[params.lengths_offset + b], 0)), params.capacity);
  }
  let parts = (length + params.part_keys - 1u) / params.part_keys;
  let stats_base = params.stats_offset + row * params.parts * 2u;
  let sums_base = params.sums_offset + row * params.parts * params.value_dim + d;
  var largest = -3.4e38;
  for (var p = 0u; p < parts; p++) {
    largest = max(largest, stats[stats_base + 2u * p]);
  }
  var total = 0.0;
  var sum = 0.0;
  for (var p = 0u; p < parts; p++) {
    let factor = exp(stats[stats_base + 2u * p] - largest);
    total += factor * stats[stats_base + 2u * p + 1u];
    sum += factor * sums[sums_base + p * params.value_dim];
  }
  let seen = select(length, max(length + row % params.rows % params.queries + 1u, params.queries) - params.queries, params.causal != 0u);
  y[params.y_offset + n] = select(0.0, sum / total, seen > 0u);
}
