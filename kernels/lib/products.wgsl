// Four rows times four columns, summed up by multiply-adds alone: the product of two matrices would be summed up by itself and
// then added, which is an addition for every four of them on GPUs, and registers for what is still to be added.

fn add_column(sum: vec4f, left: mat4x4f, x: vec4f) -> vec4f {
  return sum + left[0] * x.x + left[1] * x.y + left[2] * x.z + left[3] * x.w;
}

// sums + left · right
fn add_products(sums: mat4x4f, left: mat4x4f, right: mat4x4f) -> mat4x4f {
  return mat4x4f(
    add_column(sums[0], left, right[0]),
    add_column(sums[1], left, right[1]),
    add_column(sums[2], left, right[2]),
    add_column(sums[3], left, right[3]),
  );
}
