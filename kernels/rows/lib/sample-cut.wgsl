// What is kept of a row's weights: all above a weight, and of those that are equal to it so many of the lower tokens. Sums are of
// blocks, so that a long row's loses no more digits than a short one's.

const BLOCK: u32 = 64;

struct Cut {
  weight: f32,
  equals: u32,
  sum: f32, // of what is kept
}

// A thread's neighbouring tokens: the sum of the weights above the cut, how many are equal to it.
struct Chunk {
  above: f32,
  equals: u32,
}

// Where a number falls: in whose chunk, what of it is left there, and how many equal weights that chunk keeps.
struct Part {
  owner: u32,
  rest: f32,
  equals: u32,
}

fn chunk_of(begin: u32, from_token: u32, to_token: u32, weight: f32) -> Chunk {
  var chunk = Chunk(0.0, 0u);
  for (var block = from_token; block < to_token; block += BLOCK) {
    var sum = 0.0;
    for (var i = block; i < min(to_token, block + BLOCK); i += 1u) {
      let w = weights[begin + i];
      sum += select(0.0, w, w > weight);
      chunk.equals += select(0u, 1u, w == weight);
    }
    chunk.above += sum;
  }
  return chunk;
}

// The token of a chunk in which a number falls; the last one that is kept where rounding leaves more of it.
fn token_in(begin: u32, from_token: u32, to_token: u32, weight: f32, part: Part) -> u32 {
  var rest = part.rest;
  var equals = part.equals;
  var token = from_token;
  for (var block = from_token; block < to_token; block += BLOCK) {
    let end = min(to_token, block + BLOCK);
    var sum = 0.0;
    var left = equals;
    var last = token;
    for (var i = block; i < end; i += 1u) {
      let w = weights[begin + i];
      let is_equal = w == weight && left > 0u;
      left -= select(0u, 1u, is_equal);
      if (w > 0.0 && (w > weight || is_equal)) {
        sum += w;
        last = i;
      }
    }
    if (rest < sum) {
      for (var i = block; i < end; i += 1u) {
        let w = weights[begin + i];
        let is_equal = w == weight && equals > 0u;
        equals -= select(0u, 1u, is_equal);
        if (w > 0.0 && (w > weight || is_equal)) {
          token = i;
          rest -= w;
          if (rest < 0.0) {
            break;
          }
        }
      }
      return token;
    }
    rest -= sum;
    equals = left;
    token = last;
  }
  return token;
}
