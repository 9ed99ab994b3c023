// The gradient of a step of a GRU that resets before its product, in registers. Made for software adapters.
// The cell's file says what is computed.
//
// One workgroup owns 8 whole batch rows (in the variant `row` one), because dn of all units is needed for each unit:
// its threads leave it in d_gates for each other. One thread owns every WORKGROUP_SIZE-th four units of all of
// these rows, as 4 × 4 blocks whose column r is row r. Dispatch ceil(batch / ROWS) workgroups, folded into (x, y) past
// 65,535.
// Barriers: one, for storage, in uniform control flow.
// Preconditions: hidden and all offsets are multiples of 4. No written binding aliases another.
//
// @software
// @name gru_before_rows_backward
// @use recurrent/cells/gru_before/backward.wgsl
// @use recurrent/gru_before/lib/backward-halves.wgsl
// @use recurrent/gru_before/lib/rows.wgsl

fn eight_rows(step: Step, row: u32, local: u32) {
  half_of_eight_rows(step, arriving_half(step), row, local);
  storageBarrier();
  half_of_eight_rows(step, reset_half(step), row, local);
}

fn one_row(step: Step, row: u32, local: u32) {
  half_of_one_row(step, arriving_half(step), row, local);
  storageBarrier();
  half_of_one_row(step, reset_half(step), row, local);
}
