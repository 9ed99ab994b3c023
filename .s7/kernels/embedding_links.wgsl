// embedding_links: chains the positions that have the same index
//
//   indices  [n]     i32
//   links    [n, 2]  i32: the next position with the same index or -1; 1 if no earlier position has it, else 0
//
// A position with a negative index belongs to no chain: -1 and 0.
//
// A thread owns one position: it searches backwards for whether it is the first, forwards for the next. At most n reads
// a thread, independent of the size of the table and of its rows. Dispatch ceil(n / WORKGROUP_SIZE) workgroups, folded.
// No barriers. indices and links may not share a buffer. Followed by embedding_backward_linked.
//
// @use lib/linear.wgsl

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  n: u32,
  indices_offset: u32,
  links_offset: u32,
}

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> links: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let position = linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
  if (position >= params.n) {
    return;
  }
  let index = indices[params.indices_offset + position];
  var next = -1;
  var first = 0;
  if (index >= 0) {
    first = 1;
    for (var i = position; i > 0u; i--) {
      if (indices[params.indices_offset + i - 1u] == index) {
        first = 0;
        break;
      }
    }
    for (var i = position + 1u; i < params.n; i++) {
      if (indices[params.indices_offset + i] == index) {
        next = i32(i);
        break;
      }
    }
  }
  links[params.links_offset + 2u * position] = next;
  links[params.links_offset + 2u * position + 1u] = first;
}
