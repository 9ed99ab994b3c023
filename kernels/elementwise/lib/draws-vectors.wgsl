// Four numbers at a time, the same that are drawn one by one: they share the key, and SwiftShader rotates vectors in half
// the time. `size` and all offsets are multiples of 4.
//
// @use elementwise/lib/draws.wgsl

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

// The states of four generators.
struct Fours {
  x: vec4u,
  y: vec4u,
}

fn round_of_four(state: Fours, rotation: u32) -> Fours {
  let sum = state.x + state.y;
  return Fours(sum, ((state.y << vec4u(rotation)) | (state.y >> vec4u(32u - rotation))) ^ sum);
}

// Four rounds, of whose rotations there are two sets, and a part of the key.
fn odd_rounds(state: Fours, x: u32, y: u32) -> Fours {
  let mixed = round_of_four(round_of_four(round_of_four(round_of_four(state, 13u), 15u), 26u), 6u);
  return Fours(mixed.x + x, mixed.y + y);
}

fn even_rounds(state: Fours, x: u32, y: u32) -> Fours {
  let mixed = round_of_four(round_of_four(round_of_four(round_of_four(state, 17u), 29u), 16u), 24u);
  return Fours(mixed.x + x, mixed.y + y);
}

// Numbers 4i … 4i + 3 of the stream, uniform in [0, 1).
fn uniforms(i: u32) -> Real {
  let key = stream_key();
  let parity = 0x1BD11BDAu ^ key.x ^ key.y;
  var state = Fours(params.counter_base + 4u * i + vec4u(0u, 1u, 2u, 3u) + key.x, vec4u(key.y));
  state = odd_rounds(state, key.y, parity + 1u);
  state = even_rounds(state, parity, key.x + 2u);
  state = odd_rounds(state, key.x, key.y + 3u);
  state = even_rounds(state, key.y, parity + 4u);
  state = odd_rounds(state, parity, key.x + 5u);
  // the top 24 bits, as `uniform01` takes them
  return Real(state.x >> vec4u(8u)) * 0x1p-24f;
}
