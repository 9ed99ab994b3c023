// All steps of a recurrent cell, or of its gradient, inside a workgroup, for GPUs and at most 64 hidden units, in the variants `broad`
// and `wide` 96, or 128 where the weights have 16 bits or the cell has one gate. The cell's files say what is computed. The weights
// stay in registers, the state or the gates' gradients in workgroup memory.
//
// One workgroup owns 4 batch rows (in `broad` and `wide` 2, in the variants `row` one) for `steps` steps from `time` on. One thread
// owns one gate of one unit, or its part of some gates, and multiplies its weights with the rows, in a gradient with those gates'
// gradients; then one thread owns one unit of one row, adds what belongs together and finishes it. Dispatch ceil(batch / rows)
// workgroups, folded into (x, y) past 65,535.
// Barriers: three per step, in uniform control flow.
// Preconditions: hidden as above. No written binding aliases another. Slow on software adapters (barriers).
// The idea of persistent recurrent kernels: Diamos et al., "Persistent RNNs", 2016.
//
// @name {cell}_sequence_tiles_{direction}
// @each cell lstm gru rnn
// @each direction forward backward
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/sequence-tiles/tile.wgsl
// @use recurrent/lib/sequence-tiles/{gates}.wgsl
// @use recurrent/lib/sequence-tiles/{direction}.wgsl
// @use recurrent/lib/sequence-tiles/finish-{direction}.wgsl
// @use recurrent/lib/{direction}-numbers.wgsl

fn own_step(step: Step, weights: Weights, own: Own, finisher: Finisher, local: u32) {
  gather(local);
  workgroupBarrier();
  multiply(weights, own);
  workgroupBarrier();
  if (finisher.counts) {
    finish_in_tile(step, finisher);
  }
  workgroupBarrier();
}
