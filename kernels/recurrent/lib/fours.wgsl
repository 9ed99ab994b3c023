// Recurrences on vec4: everything is read and written four units at a time.

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

// The columns of two blocks, for a loop over the rows: written out, the ends of eight rows take most of the compile time.
fn rows_of(top: mat4x4<f32>, bottom: mat4x4<f32>) -> array<vec4<f32>, 8> {
  return array<vec4<f32>, 8>(top[0], top[1], top[2], top[3], bottom[0], bottom[1], bottom[2], bottom[3]);
}
