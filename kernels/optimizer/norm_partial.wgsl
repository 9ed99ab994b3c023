// norm_partial: partials[partial_index + g] = Σ x[i]² over chunk g
//
//   x         [size]
//   partials  [at least partial_index + ceil(size / chunk_size)]
//
// Chunk g holds i from g·chunk_size up to, not including, min(size, (g + 1)·chunk_size). One dispatch for each
// gradient, all into the same partials at places of their own; then norm_finish.
//
// A workgroup owns one chunk: thread t takes elements t, t + WORKGROUP_SIZE, … of it, then a tree. Dispatch ceil(size /
// chunk_size) workgroups, folded. Barriers in the tree. WORKGROUP_SIZE is a power of two. x and partials may not share
// a buffer.
//
// @use lib/by-workgroup.wgsl
// @use lib/tree.wgsl

override WORKGROUP_SIZE: u32 = 256u;

struct Params {
  size: u32,
  chunk_size: u32,
  partial_index: u32,
}

var<storage, read> x: array<f32>;
var<storage, read_write> partials: array<f32>;

fn own(chunk: u32, local_index: u32) {
  let first = chunk * params.chunk_size;
  if (first >= params.size) {
    return;
  }
  let end = min(params.size, first + params.chunk_size);
  var sum = 0.0;
  for (var i = first + local_index; i < end; i += WORKGROUP_SIZE) {
    let value = x[params.x_offset + i];
    sum += value * value;
  }
  sum = tree_sum(local_index, sum);
  if (local_index == 0u) {
    partials[params.partials_offset + params.partial_index + chunk] = sum;
  }
}
