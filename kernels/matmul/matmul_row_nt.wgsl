// One row times a matrix, b transposed (nt). Made for software adapters: no workgroup memory, no barriers.
//
//   y[z, j] = Σ_k a[z, k] · b[z, j, k] + bias[j]
//
// a     [batch or 1, 1, k]
// b     [batch or 1, n, k]
// bias  [n]; not read where has_bias is 0
// y     [batch, 1, n]
//
// Nothing is read twice but the row, so a thread owns as many columns of y as it takes to make that cheap: eight. Columns past
// the edge repeat the last one. column_blocks = ceil(n / 32), row_blocks = 1; dispatch batch · column_blocks workgroups of four
// threads, folded into (x, y) past 65,535. y aliases nothing.
// Preconditions: m is 1; k and the offsets of a and b are multiples of 4.
//
// @software
// @use matmul/lib/matmul.wgsl
// @use matmul/lib/row.wgsl

fn columns_at(column: u32) -> vec4<u32> {
  return min(column + FIRST_FOUR, vec4<u32>(params.n - 1u));
}

// Two times four products of four k each, to be added up at the end.
struct Sums {
  left: mat4x4<f32>,
  right: mat4x4<f32>,
}

fn accumulate(sums: Sums, place: Place, columns: Columns, k: u32) -> Sums {
  let x = a[(place.a + k) / 4u];
  let left = (place.b + columns.left * params.k + k) / 4u;
  let right = (place.b + columns.right * params.k + k) / 4u;
  return Sums(
    sums.left + mat4x4<f32>(x * four(b[left.x]), x * four(b[left.y]), x * four(b[left.z]), x * four(b[left.w])),
    sums.right + mat4x4<f32>(x * four(b[right.x]), x * four(b[right.y]), x * four(b[right.z]), x * four(b[right.w])),
  );
}

fn left_of(sums: Sums) -> vec4<f32> {
  return vec4<f32>(1.0) * sums.left;
}

fn right_of(sums: Sums) -> vec4<f32> {
  return vec4<f32>(1.0) * sums.right;
}
