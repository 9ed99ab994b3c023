// All steps of a cell whose products are of the same rows, inside a workgroup and with the weights in its registers, for
// GPUs. The cell's file says what is computed.
//
// One workgroup owns 4 batch rows for `steps` steps from `time` on, in the variant `row` one (recurrent/lib/persistent/tile.wgsl).
// Dispatch ceil(batch / rows) workgroups, folded into (x, y) past 65,535.
// Barriers: three per step, in uniform control flow.
// Preconditions: a unit's sums have at most eight parts of 64 numbers, and there are at most 256 parts of all units. No written binding
// aliases another. Slow on software adapters (barriers).
// The idea: Diamos et al., "Persistent RNNs", 2016.
//
// @name {cell}_persistent_{direction}
// @each cell loop
// @each direction same
// @use recurrent/cells/{cell}/{direction}.wgsl
// @use recurrent/lib/lanes/same-rows.wgsl
// @use recurrent/lib/persistent/tile.wgsl

const KINDS: u32 = 1;

alias Real = f32;
const WIDTH: u32 = 1;
