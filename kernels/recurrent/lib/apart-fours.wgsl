// Products of different rows in registers, four units by ROWS batch rows for a thread. The weights of each are [units, k], k as
// long as the product's rows.
//
// @use recurrent/lib/fours.wgsl
// @variant four_rows ROWS=4
// @variant row ROWS=1

// Batch rows per thread: 8, 4 or 1.
override ROWS: u32 = 8u;

// The k-th four numbers of four units' weights, a column for each number.
fn four_weights(at: u32, stride: u32, k: u32) -> mat4x4<f32> {
  let first = at + k;
  return transpose(mat4x4<f32>(
    load_weight(first), load_weight(first + stride), load_weight(first + 2u * stride), load_weight(first + 3u * stride)
  ));
}

// The k-th four numbers of four rows. Rows past the batch repeat the last one.
fn four_rows(start: u32, stride: u32, row: u32, k: u32) -> mat4x4<f32> {
  let last = params.batch_size - 1u;
  return mat4x4<f32>(
    load_row(start + min(row, last) * stride + k),
    load_row(start + min(row + 1u, last) * stride + k),
    load_row(start + min(row + 2u, last) * stride + k),
    load_row(start + min(row + 3u, last) * stride + k)
  );
}

fn own_rows(step: Step, row: u32, unit4: u32) {
  var sums: array<Sums, 8>;
  for (var product = 0u; product < SUMS; product++) {
    let stride = row_size(product) / 4u;
    let weights = weights_start(product) / 4u + unit4 * row_size(product);
    let start = rows_at(step, product);
    let count = row_length(step, product) / 4u;
    if (ROWS == 1u) {
      var sum = vec4<f32>();
      for (var k = 0u; k < count; k++) {
        sum += four_weights(weights, stride, k) * load_row(start + row * stride + k);
      }
      sums[0][product] = sum;
    } else {
      var top = mat4x4<f32>();
      var bottom = mat4x4<f32>();
      for (var k = 0u; k < count; k++) {
        let block = four_weights(weights, stride, k);
        top += block * four_rows(start, stride, row, k);
        if (ROWS == 8u) {
          bottom += block * four_rows(start, stride, row + 4u, k);
        }
      }
      let columns = rows_of(top, bottom);
      for (var i = 0u; i < ROWS; i++) {
        sums[i][product] = columns[i];
      }
    }
  }
  for (var i = 0u; i < ROWS; i++) {
    finish(step, row + i, unit4, sums[i]);
  }
}
