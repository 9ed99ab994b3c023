// What an operation draws: u[i] = threefry(key, (counter_base + i, 0)), key = threefry(seed, (stream, step)).
//
//   hyper  [step, seed_low, seed_high, …]  as bits
//
// Nothing is stored: with the same stream and counter_base the same is drawn again. Inside a loop counter_base =
// iteration · size sets the iterations apart.
//
// @use lib/random.wgsl

struct Params {
  size: u32,
  stream: u32,
  counter_base: u32,
}

var<storage, read> hyper: array<u32>;

fn stream_key() -> vec2u {
  let step = hyper[params.hyper_offset];
  let seed = vec2u(hyper[params.hyper_offset + 1u], hyper[params.hyper_offset + 2u]);
  return threefry2x32(seed, vec2u(params.stream, step));
}
