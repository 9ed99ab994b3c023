// norm_finish: norm = √ Σ partials[i]
//
//   partials  [count]  sums of squares, from norm_partial
//   norm      [1]
//
// A single workgroup owns everything: thread t takes elements t, t + WORKGROUP_SIZE, …, then a tree. Dispatch 1
// workgroup. Barriers in the tree. WORKGROUP_SIZE is a power of two. partials and norm may not share a buffer.
//
// @use lib/tree.wgsl

override WORKGROUP_SIZE: u32 = 256u;

struct Params {
  count: u32,
  partials_offset: u32,
  norm_offset: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> norm: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) local_index: u32) {
  var sum = 0.0;
  for (var i = local_index; i < params.count; i += WORKGROUP_SIZE) {
    sum += partials[params.partials_offset + i];
  }
  sum = tree_sum(local_index, sum);
  if (local_index == 0u) {
    norm[params.norm_offset] = sqrt(sum);
  }
}
