// A number at a time.
//
// @use elementwise/lib/draws.wgsl

alias Real = f32;
const WIDTH: u32 = 1;

// Number i of the stream, uniform in [0, 1).
fn uniforms(i: u32) -> Real {
  return uniform01(threefry2x32(stream_key(), vec2u(params.counter_base + i, 0u)).x);
}
