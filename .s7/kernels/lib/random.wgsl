// Counter-based random numbers: no state, the same (key, counter) gives the same bits on every adapter.
//
// Threefry-2x32 with 20 rounds: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011. Agrees with the test vectors of the authors' Random123 library (and so with JAX's generator).

fn threefry_round(state: vec2u, rotation: u32) -> vec2u {
  let sum = state.x + state.y;
  return vec2u(sum, ((state.y << rotation) | (state.y >> (32u - rotation))) ^ sum);
}

fn threefry2x32(key: vec2u, counter: vec2u) -> vec2u {
  let parity = 0x1BD11BDAu ^ key.x ^ key.y;
  var state = counter + key;

  state = threefry_round(threefry_round(threefry_round(threefry_round(state, 13u), 15u), 26u), 6u);
  state += vec2u(key.y, parity + 1u);
  state = threefry_round(threefry_round(threefry_round(threefry_round(state, 17u), 29u), 16u), 24u);
  state += vec2u(parity, key.x + 2u);
  state = threefry_round(threefry_round(threefry_round(threefry_round(state, 13u), 15u), 26u), 6u);
  state += vec2u(key.x, key.y + 3u);
  state = threefry_round(threefry_round(threefry_round(threefry_round(state, 17u), 29u), 16u), 24u);
  state += vec2u(key.y, parity + 4u);
  state = threefry_round(threefry_round(threefry_round(threefry_round(state, 13u), 15u), 26u), 6u);
  state += vec2u(parity, key.x + 5u);
  return state;
}

// The top 24 bits, as many as an f32 holds exactly: in [0, 1), never rounded up to 1.
fn uniform01(bits: u32) -> f32 {
  return f32(bits >> 8u) * 0x1p-24f;
}
