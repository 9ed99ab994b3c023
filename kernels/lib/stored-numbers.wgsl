// Number i of a tensor as it is stored, one in a word or, in the variants float16, two of 16 bits: for any i and any stride.
// It lies in word i / PER_WORD, from bit bit_of(i) on. See lib/stored-vectors.wgsl.
//
// @also float16 Stored=u32 PER_WORD=2u bit_of=(i*16u)&31u one_from=unpack2x16float(stored>>bit).x

alias Stored = f32; // @specialize
const PER_WORD = 1u; // @specialize

fn bit_of(i: u32) -> u32 { return 0u; } // @specialize

fn one_from(stored: Stored, bit: u32) -> f32 { return stored; } // @specialize

fn one(stored: Stored, i: u32) -> f32 {
  return one_from(stored, bit_of(i));
}
