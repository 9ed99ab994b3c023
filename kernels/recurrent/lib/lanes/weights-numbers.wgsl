// The weights of recurrent/lib/lanes/tile.wgsl, a number of four units at a time.

// Of four units the words in which their numbers lie, less those that k passes by, and where in the words. A thread takes every
// PARTS-th number, an even number of them, so that of words of two it always takes the same half.
struct Weights {
  words: vec4<u32>,
  bits: vec4<u32>,
}

// Those of four units, for k = part, part + PARTS and so on. Units past the last repeat it.
fn weights_of_sum(sum: u32, four: u32, part: u32) -> Weights {
  let unit = min(4u * four + vec4<u32>(0, 1, 2, 3), vec4<u32>(params.hidden_size - 1u));
  let passed = part * weights_stride();
  let first = passed + vec4<u32>(
    start_of_weights(sum, unit.x),
    start_of_weights(sum, unit.y),
    start_of_weights(sum, unit.z),
    start_of_weights(sum, unit.w)
  );
  return Weights(
    first / PER_WORD - passed / PER_WORD,
    vec4<u32>(bit_of(first.x), bit_of(first.y), bit_of(first.z), bit_of(first.w))
  );
}

fn four_weights(at: Weights, k: u32) -> vec4<f32> {
  let words = at.words + k * weights_stride() / PER_WORD;
  return vec4<f32>(
    weight_in(words.x, at.bits.x),
    weight_in(words.y, at.bits.y),
    weight_in(words.z, at.bits.z),
    weight_in(words.w, at.bits.w)
  );
}
