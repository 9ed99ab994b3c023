// Rotary positions: turns each pair of features by its row's position times the pair's frequency.
//
//   y_a = x_a · cos θ - sign · x_b · sin θ     y_b = x_b · cos θ + sign · x_a · sin θ     θ = position · frequencies[i]
//
//   x, y         [rows, seq_len, 2 · half_width]; what lies behind the first 2 · half_dim features stays as it is
//   frequencies  [half_dim]: base^(-i / half_dim)
//   position     [rows · seq_len / rows_per_position] of i32: of the first row of each sequence, where has_position is 1
//                (neighbouring sequences, heads say, may share one); where it is 2, with an axis of seq_len behind, of each
//                row; else it is `first`
//
// Pair i is the features i and i + half_dim; in the variant `interleaved` 2i and 2i + 1. sign -1 turns back, which is
// the gradient. A thread owns one pair, turned or not. Dispatch ceil(size / 64) workgroups, folded; size is the number of pairs.
// No barriers. x and y may not share a buffer.
//
// The angle may be large (position), so it is brought near 0 in parts (lib/math.wgsl); its own rounding, 2^-24 of
// it, remains, as in any float32 form of this.
//
// J. Su et al., "RoFormer: enhanced Transformer with rotary position embedding", 2021.
//
// @use lib/by-element.wgsl
// @use lib/math.wgsl
// @variant interleaved INTERLEAVED=1

override WORKGROUP_SIZE: u32 = 64u;
override INTERLEAVED: bool = false;

struct Params {
  size: u32,
  seq_len: u32,
  half_width: u32,
  half_dim: u32,
  first: u32,
  has_position: u32,
  rows_per_position: u32,
  sign: f32,
}

var<storage, read> x: array<f32>;
var<storage, read> frequencies: array<f32>;
var<storage, read> position: array<i32>;
var<storage, read_write> y: array<f32>;

fn own(n: u32) {
  let pair = n % params.half_width;
  let row = n / params.half_width;
  let start = row * 2u * params.half_width;
  if (pair >= params.half_dim) {
    y[params.y_offset + start + 2u * pair] = x[params.x_offset + start + 2u * pair];
    y[params.y_offset + start + 2u * pair + 1u] = x[params.x_offset + start + 2u * pair + 1u];
    return;
  }
  let sequence = row / params.rows_per_position;
  var place = params.first + row % params.seq_len;
  if (params.has_position == 1u) {
    place = u32(max(position[params.position_offset + sequence], 0)) + row % params.seq_len;
  } else if (params.has_position == 2u) {
    place = u32(max(position[params.position_offset + sequence * params.seq_len + row % params.seq_len], 0));
  }
  let angle = f32(place) * frequencies[params.frequencies_offset + pair];
  let c = cosine(angle);
  let s = params.sign * sine(angle);

  var a = start + pair;
  var b = a + params.half_dim;
  if (INTERLEAVED) {
    a = start + 2u * pair;
    b = a + 1u;
  }
  let x_a = x[params.x_offset + a];
  let x_b = x[params.x_offset + b];
  y[params.y_offset + a] = x_a * c - x_b * s;
  y[params.y_offset + b] = x_b * c + x_a * s;
}
