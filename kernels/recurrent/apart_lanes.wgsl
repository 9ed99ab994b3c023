// A step whose products are of different rows, for GPUs: a row's numbers are shared out among threads, so that nothing is brought
// into workgroup memory and no thread waits for another while sums grow. The cell's file says what is computed.
//
// One workgroup owns 8 batch rows of 16 units, of 8 units where a unit has more than two sums (recurrent/lib/lanes/tile.wgsl).
// Dispatch ceil(batch / 8) · ceil(hidden / units) workgroups, folded into (x, y) past 65,535. One step: `steps` is 1.
// Barriers: seven behind the sums, in uniform control flow.
// Preconditions: in `lanes_fours` units, lengths of rows and all offsets are multiples of 4. No written binding aliases another. Slow
// on software adapters.
//
// @name {cell}_apart_lanes_{width}_{direction}
// @each cell loop
// @each width fours numbers
// @each direction step
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/lanes/apart-{width}.wgsl
// @use recurrent/lib/lanes/tile.wgsl
