// embedding_links: chains the positions that have the same index
//
//   indices  [n]     i32
//   marks    [v, words]  u32, from embedding_marks
//   links    [n, 2]  i32: the next position with the same index or -1; 1 if no earlier position has it, else 0
//
// A position with an index below 0 or from v on belongs to no chain: -1 and 0.
//
// A thread owns one position: it looks through its own block, and through one more that the marks name. Dispatch
// ceil(n / WORKGROUP_SIZE) workgroups, folded. No barriers. links may not share a buffer with an input. Followed by
// embedding_backward_linked.
//
// @use lib/by-thread.wgsl
// @use layout/lib/embedding-marks.wgsl

var<storage, read> marks: array<u32>;
var<storage, read_write> links: array<i32>;

// The first position with this index from `start` on and before `end`; -1 if there is none.
fn search(index: i32, start: u32, end: u32) -> i32 {
  for (var i = start; i < min(end, params.n); i++) {
    if (indices[params.indices_offset + i] == index) {
      return i32(i);
    }
  }
  return -1;
}

fn own(position: u32) {
  if (position >= params.n) {
    return;
  }
  let index = indices[params.indices_offset + position];
  var next = -1;
  var first = 0;
  if (bitcast<u32>(index) < params.v) {
    let block = position / BLOCK;
    let row = params.marks_offset + u32(index) * params.words;
    next = search(index, position + 1u, (block + 1u) * BLOCK);
    // Of the word that holds this block's bit: the bits of later blocks, then those of earlier ones.
    let word = block / 32u;
    let own = marks[row + word];
    var later = own & (0xfffffffeu << (block % 32u));
    for (var i = word; next < 0 && i < params.words; i++) {
      if (i > word) {
        later = marks[row + i];
      }
      if (later != 0u) {
        let start = (32u * i + firstTrailingBit(later)) * BLOCK;
        next = search(index, start, start + BLOCK);
      }
    }
    var earlier = own & ((1u << (block % 32u)) - 1u);
    for (var i = 0u; i < word; i++) {
      earlier |= marks[row + i];
    }
    let here = search(index, block * BLOCK, position);
    first = select(0, 1, earlier == 0u && here < 0);
  }
  links[params.links_offset + 2u * position] = next;
  links[params.links_offset + 2u * position + 1u] = first;
}
