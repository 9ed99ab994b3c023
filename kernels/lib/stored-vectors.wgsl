// Four numbers as they are stored: a vec4 of f32 or, in the variants float16, four of 16 bits in two words, which every adapter
// unpacks, without the feature shader-f16. Sums are f32 either way.
//
// @also float16 Stored=vec2<u32> four=vec4<f32>(unpack2x16float(stored.x),unpack2x16float(stored.y))

alias Stored = vec4<f32>; // @specialize

fn four(stored: Stored) -> vec4<f32> { return stored; } // @specialize
