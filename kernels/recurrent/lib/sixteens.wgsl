// Products of a thread's numbers with those of a row, sixteen at a time.

// Four sums of every fourth of sixteen products each, added to those before.
fn add_products(sums: vec4<f32>, a: mat4x4<f32>, b: mat4x4<f32>) -> vec4<f32> {
  return sums + a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

fn together(sums: vec4<f32>) -> f32 {
  return (sums.x + sums.y) + (sums.z + sums.w);
}
