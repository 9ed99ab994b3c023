// Matrix products in registers, made for software adapters: what their techniques (matmul/blocks.wgsl, quads.wgsl, row.wgsl)
// share. How a and b lie is what the layouts nn, nt, tn and strided say: for each four k
//   b_at(place, column), b_step(place, k), load_b(at, step)    four columns of b at these k: column j holds one column
//   columns_at(column)                                         the columns of y that these are
//   row_at(place, row, i)                                      the row of y that the i-th row loaded from `row` on is
// and by the file that the layout names for its a
//   a_at(place, row), a_step(place, k), load_a(at, step)       four rows of a at the same k: column r holds one row
// Rows and columns past the edge repeat the last ones: they are read, computed and written to the same place with the same
// values, so that neither loads nor stores need a branch.
//
// @use matmul/lib/operands.wgsl

// Where a thread works: its place in the quad (0 where there are none), and where its matrices begin, in elements.
struct Place {
  lane: u32,
  a: u32,
  b: u32,
}

fn place_of(lane: u32, z: u32) -> Place {
  return Place(lane, params.a_offset + z * params.a_stride_batch, params.b_offset + z * params.b_stride_batch);
}

const FIRST_FOUR = vec4<u32>(0, 1, 2, 3);

// Four k, and which of them there are.
struct Four {
  at: vec4<u32>,
  inside: vec4<bool>,
}

fn four_of(ks: vec4<u32>, stride: u32) -> Four {
  return Four(ks * stride, ks < vec4<u32>(params.k));
}

// Four numbers of each of four k, as the columns of those k that there are.
fn turned(inside: vec4<bool>, x: vec4<f32>, y: vec4<f32>, z: vec4<f32>, w: vec4<f32>) -> mat4x4<f32> {
  let zero = vec4<f32>();
  return transpose(mat4x4<f32>(
    select(zero, x, inside.x), select(zero, y, inside.y), select(zero, z, inside.z), select(zero, w, inside.w)
  ));
}

// Rows times columns: column r is a row of y.
fn product(a_rows: mat4x4<f32>, b_columns: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(a_rows[0] * b_columns, a_rows[1] * b_columns, a_rows[2] * b_columns, a_rows[3] * b_columns);
}

// Where row `row` of a matrix of y begins.
fn to_row(z: u32, row: u32) -> u32 {
  return params.y_offset + (z * params.m + row) * params.n;
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
