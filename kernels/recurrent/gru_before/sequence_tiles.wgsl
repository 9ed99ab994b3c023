// All steps of a GRU that resets before its product, or of its gradient, inside a workgroup, for GPUs and at most 64 hidden units, in
// the variants `wide` 96, or 128 where the weights have 16 bits. The cell's files say what is computed. The weights stay in
// registers, the state or the gates' gradients in workgroup memory.
//
// One workgroup owns 4 batch rows (in `wide` 2, in the variants `row` one) for `steps` steps from `time` on. One thread owns one gate
// of one unit, or half of it, and multiplies its weights with the rows, in a gradient with that gate's gradients: first those of r
// and z, then those of the candidate; after each, one thread owns one unit of one row and finishes it. What it has written there it
// reads back: the cell hands nothing on. Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: six per step, in uniform control flow.
// Preconditions: hidden as above. No written binding aliases another. Slow on software adapters (barriers).
//
// @name gru_before_sequence_tiles_{direction}
// @each direction forward backward
// @variant wide K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights)
// @variant wide_row K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights) ROWS=1
// @use recurrent/cells/gru_before/{direction}.wgsl
// @use recurrent/lib/sequence-tiles/tile.wgsl
// @use recurrent/lib/sequence-tiles/{direction}.wgsl
// @use recurrent/gru_before/lib/sequence-tiles-{direction}.wgsl
// @use recurrent/lib/{direction}-numbers.wgsl

fn own_step(step: Step, weights: Weights, own: Own, finisher: Finisher, local: u32) {
  for (var half = 0u; half < 2u; half++) {
    gather(local);
    workgroupBarrier();
    if ((own.gate == 2u) == (half == 1u)) {
      multiply(weights, own);
    }
    workgroupBarrier();
    if (finisher.counts) {
      finish_half(step, half, finisher);
    }
    workgroupBarrier();
  }
}
