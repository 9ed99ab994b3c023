// Recurrent weights [GATES · hidden, hidden], four rows by four columns at a time.
//
// @use recurrent/lib/fours.wgsl
// @use lib/stored-vectors.wgsl

// Four rows of weight_hh at four columns.
fn four_rows_of_weights(at: u32) -> mat4x4<f32> {
  let stride = params.hidden_size / 4u;
  return mat4x4<f32>(
    four(weight_hh[at]),
    four(weight_hh[at + stride]),
    four(weight_hh[at + 2u * stride]),
    four(weight_hh[at + 3u * stride]),
  );
}
