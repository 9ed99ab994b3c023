// How the four threads of a quad share what they load, for the recurrences' steps: threads 0 and 1 work on the same batch
// rows, so do 2 and 3; threads 0 and 2 work on the same hidden units, so do 1 and 3. Each loads half of the rows' numbers and
// half of the weights, and gets the other half from its neighbour. A swap is one instruction on SwiftShader where a load is
// some 80 for each number.

// The neighbour's four batch rows.
fn swap_rows(own: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(quadSwapX(own[0]), quadSwapX(own[1]), quadSwapX(own[2]), quadSwapX(own[3]));
}

// Four rows of weights: a thread's own two, then its neighbour's.
fn share_weights(at: u32, stride: u32) -> mat4x4<f32> {
  let first = weight_hh[at];
  let second = weight_hh[at + stride];
  return mat4x4<f32>(first, second, quadSwapY(first), quadSwapY(second));
}

// Rows times columns: column r is a row of the product.
fn product(rows: mat4x4<f32>, columns: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(rows[0] * columns, rows[1] * columns, rows[2] * columns, rows[3] * columns);
}

// The columns of four blocks, for a loop over the rows: written out, their ends take most of the compile time.
fn rows_of_four(a: mat4x4<f32>, b: mat4x4<f32>, c: mat4x4<f32>, d: mat4x4<f32>) -> array<vec4<f32>, 16> {
  return array<vec4<f32>, 16>(
    a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3], c[0], c[1], c[2], c[3], d[0], d[1], d[2], d[3]
  );
}

// Which of a thread's rows the i-th sum belongs to: blocks of four own and four of the neighbour's take turns.
fn shared_row(i: u32, lane: u32, rows: u32) -> u32 {
  let own = ((i >> 2u) ^ lane) & 1u;
  return own * (rows / 2u) + (i >> 3u) * 4u + (i & 3u);
}

// Sums of four units in the order of the units.
fn in_order(sums: vec4<f32>, lane: u32) -> vec4<f32> {
  return select(sums, sums.zwxy, lane >= 2u);
}
