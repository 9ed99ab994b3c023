// Sequences of unequal lengths in one batch: row b takes the steps 0 … lengths[b] - 1.
//
// The kernel has a binding `lengths` [batch] of i32 and the parameters seq_len and has_lengths; where has_lengths is 0
// something else is bound and every row has seq_len steps.

fn end_of(row: u32) -> u32 {
  if (params.has_lengths == 0u) {
    return params.seq_len;
  }
  return u32(lengths[params.lengths_offset + row]);
}
