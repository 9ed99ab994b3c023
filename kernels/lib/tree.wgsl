// Sum and maximum over the threads of a workgroup, by a tree in workgroup memory: log2(WORKGROUP_SIZE) rounds in a
// fixed order, so the same input gives the same bits.
//
// The kernel declares WORKGROUP_SIZE, a power of two. Every thread of the workgroup must call, in uniform control flow
// (there are barriers inside); every thread gets the result, NaN if a value is NaN. 4 · WORKGROUP_SIZE bytes of workgroup
// memory.
//
// @use lib/numbers.wgsl

var<workgroup> tree: array<f32, WORKGROUP_SIZE>;

fn tree_sum(local_index: u32, value: f32) -> f32 {
  tree[local_index] = value;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if (local_index < half) {
      tree[local_index] += tree[local_index + half];
    }
    workgroupBarrier();
  }
  let result = tree[0];
  workgroupBarrier(); // all have read the result before the next call overwrites it
  return result;
}

fn tree_maximum(local_index: u32, value: f32) -> f32 {
  tree[local_index] = value;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if (local_index < half) {
      tree[local_index] = larger(tree[local_index], tree[local_index + half]);
    }
    workgroupBarrier();
  }
  let result = tree[0];
  workgroupBarrier(); // as above
  return result;
}
