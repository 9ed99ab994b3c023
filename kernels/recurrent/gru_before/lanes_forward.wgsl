// Half of a step of a GRU that resets before its product, for GPUs: a row's numbers are shared out
// among threads (recurrent/lib/lanes/tile.wgsl). The cell's file says what is computed, gates first.
//
// A half needs what the other gave of all units, so each is a dispatch of its own. One workgroup owns 8 batch rows of 16 units.
// Dispatch ceil(batch / 8) · ceil(hidden / 16) workgroups, folded into (x, y) past 65,535. One step: `steps` is 1.
// Barriers: seven behind the sums, in uniform control flow.
// Preconditions: in `lanes_fours` hidden and all offsets are multiples of 4. No written binding aliases another. Slow on software
// adapters.
//
// @name gru_before_lanes_{width}_{half}_forward
// @each width fours numbers
// @each half gates candidate
// @use recurrent/cells/gru_before/forward.wgsl
// @use recurrent/lib/forward-{width}.wgsl
// @use recurrent/gru_before/lib/lanes-{half}.wgsl
// @use recurrent/lib/lanes/{width}.wgsl
// @use recurrent/lib/lanes/weights-{width}.wgsl
// @use recurrent/lib/lanes/tile.wgsl
