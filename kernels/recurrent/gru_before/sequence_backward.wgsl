// The gradients of steps of a GRU that resets before its product, in registers, shared by quads. Made for software adapters.
// The cell's file says what is computed.
//
// The four threads of a workgroup are a quad of a subgroup and own together 16 whole batch rows, in the variant `low` 8, because
// dn of all units is needed for each unit: they leave it in d_gates for each other, and go through 32 units at a time. No
// two threads of a quad read the same of the rows, they exchange it. What a step leaves, the next one of the same rows reads, so
// that a workgroup goes through `steps` steps down from `time`.
// Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past 65,535.
// Barriers: two per step, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another. A subgroup numbers the threads of
// a workgroup in their order.
//
// @software
// @name gru_before_sequence_backward
// @use recurrent/cells/gru_before/backward.wgsl
// @use recurrent/gru_before/lib/backward-halves.wgsl
// @use recurrent/gru_before/lib/sequence.wgsl

enable subgroups;

fn own_step(step: Step, row: u32, lane: u32) {
  half_of_rows(step, arriving_half(step), row, lane);
  storageBarrier();
  half_of_rows(step, reset_half(step), row, lane);
}
