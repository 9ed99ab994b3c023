// Four elements at a time, of any 4-byte type.

alias Element = vec4u;
const LANES: u32 = 4;
