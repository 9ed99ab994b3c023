// What the matrix products in registers share: matmul_nn, matmul_quad_nn and others. Each of them has the bindings a, b,
// bias, y and params (by a library for its layout of a and b, such as matmul/lib/nn.wgsl) and
//   load_a(place, row, k)     four rows of op(a) at four k: column r holds one row
//   load_b(place, column, k)  four columns of op(b) at the same four k: column j holds one column
//   row_at(place, row, i)     the row of y that the i-th column loaded from `row` on is, four columns a load
//   columns_at(column)        the columns of y that the columns of load_b are
// Rows and columns past the edge repeat the last ones: they are read, computed and written to the same place with the same
// values, so that neither loads nor stores need a branch.

struct Params {
  m: u32,
  n: u32,
  k: u32,
  batch_size: u32,
  row_blocks: u32,
  column_blocks: u32,
  a_stride_batch: u32,
  a_stride_m: u32,
  a_stride_k: u32,
  b_stride_batch: u32,
  b_stride_k: u32,
  b_stride_n: u32,
  has_bias: u32,
  a_offset: u32,
  b_offset: u32,
  bias_offset: u32,
  y_offset: u32,
}

// Where a thread works: its place in the quad (0 where there are none), and where its matrices begin, in elements.
struct Place {
  lane: u32,
  a: u32,
  b: u32,
}

const FIRST_FOUR = vec4<u32>(0, 1, 2, 3);

// Rows times columns: column r is a row of y.
fn product(a_rows: mat4x4<f32>, b_columns: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(a_rows[0] * b_columns, a_rows[1] * b_columns, a_rows[2] * b_columns, a_rows[3] * b_columns);
}

fn store(at: u32, columns: vec4<u32>, values: vec4<f32>) {
  let to = at + columns;
  y[to.x] = values.x;
  y[to.y] = values.y;
  y[to.z] = values.z;
  y[to.w] = values.w;
}

fn load_bias(columns: vec4<u32>) -> vec4<f32> {
  if (params.has_bias == 0u) {
    return vec4<f32>();
  }
  let at = params.bias_offset + columns;
  return vec4<f32>(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
}
