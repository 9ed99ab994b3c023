// Number i of a tensor as it is stored, one in a word or, in the variants float16, two of 16 bits: for any i and any stride.
// It lies in word i / PER_WORD. See lib/stored-vectors.wgsl.
//
// @also float16 Stored=u32 PER_WORD=2u one=unpack2x16float(stored>>((i*16u)&31u)).x

alias Stored = f32; // @specialize
const PER_WORD = 1u; // @specialize

fn one(stored: Stored, i: u32) -> f32 { return stored; } // @specialize
