// One row times a matrix (nn). Made for software adapters: no workgroup memory, no barriers.
//
//   y[z, j] = Σ_k a[z, k] · b[z, k, j] + bias[j]
//
// a     [batch or 1, 1, k]
// b     [batch or 1, k, n]
// bias  [n]; not read where has_bias is 0
// y     [batch, 1, n]
//
// As matmul_row_nt: a thread owns eight columns of y, columns past the edge repeat the last ones. column_blocks = ceil(n / 32),
// row_blocks = 1; dispatch batch · column_blocks workgroups of four threads, folded into (x, y) past 65,535. y aliases nothing.
// Preconditions: m is 1; k, n and the offsets of a and b are multiples of 4.
//
// @software
// @use matmul/lib/matmul.wgsl
// @use matmul/lib/row.wgsl

fn columns_at(column: u32) -> vec4<u32> {
  return min(column, params.n - 4u) + FIRST_FOUR;
}

struct Sums {
  left: vec4<f32>,
  right: vec4<f32>,
}

fn accumulate(sums: Sums, place: Place, columns: Columns, k: u32) -> Sums {
  let x = a[(place.a + k) / 4u];
  let width = params.n / 4u;
  let left = (place.b + k * params.n + columns.left.x) / 4u;
  let right = (place.b + k * params.n + columns.right.x) / 4u;
  return Sums(
    sums.left + x.x * four(b[left]) + x.y * four(b[left + width]) + x.z * four(b[left + 2u * width])
      + x.w * four(b[left + 3u * width]),
    sums.right + x.x * four(b[right]) + x.y * four(b[right + width]) + x.z * four(b[right + 2u * width])
      + x.w * four(b[right + 3u * width]),
  );
}

fn left_of(sums: Sums) -> vec4<f32> {
  return sums.left;
}

fn right_of(sums: Sums) -> vec4<f32> {
  return sums.right;
}
