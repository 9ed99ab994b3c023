// One element at a time, of any 4-byte type.

alias Element = u32;
const LANES: u32 = 1;
