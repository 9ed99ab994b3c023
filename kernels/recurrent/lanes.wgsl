// A step of a recurrent cell, or of its gradient, for GPUs: a row's numbers are shared out among threads, so that nothing is brought
// into workgroup memory and no thread waits for another while sums grow. The cell's files say what is computed.
//
// One workgroup owns 8 batch rows of 16 units, of 8 units where a unit has more than two sums (recurrent/lib/lanes/tile.wgsl).
// Dispatch ceil(batch / 8) · ceil(hidden / units) workgroups, folded into (x, y) past 65,535. One step: `steps` is 1.
// Barriers: seven behind the sums, in uniform control flow.
// Preconditions: in `lanes_fours` hidden and all offsets are multiples of 4. No written binding aliases another. Slow on software
// adapters.
//
// @name {cell}_lanes_{width}_{direction}
// @each cell lstm gru rnn
// @each width fours numbers
// @each direction forward backward
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/{direction}-{width}.wgsl
// @use recurrent/lib/lanes/same-rows.wgsl
// @use recurrent/lib/lanes/all-sums.wgsl
// @use recurrent/lib/lanes/{width}.wgsl
// @use recurrent/lib/lanes/weights-{width}.wgsl
// @use recurrent/lib/lanes/tile.wgsl
