// Sampling of rows of which a thread has one.
//
// @use lib/rows-serial.wgsl
// @use rows/lib/argmax-serial.wgsl
// @use rows/lib/sample-search.wgsl
// @use rows/lib/sample-one-part.wgsl

fn row_sums(first: u32, values: vec3f) -> vec3f {
  return values;
}
