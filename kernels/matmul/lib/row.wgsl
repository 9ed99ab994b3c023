// The body of the products of one row. The kernel has
//   columns_at(column)                    four columns side by side, the last ones where there are no more
//   Sums                                  what eight columns add up to
//   accumulate(sums, place, columns, k)   with the next four k
//   left_of(sums), right_of(sums)         four columns of y each
//
// @use lib/stored-vectors.wgsl

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<Stored>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// Two times four columns side by side.
struct Columns {
  left: vec4<u32>,
  right: vec4<u32>,
}

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.x + group.y * groups.x;
  let z = block / params.column_blocks;
  if (z >= params.batch_size) {
    return;
  }
  let place = Place(
    lane, params.a_offset + z * params.a_stride_batch, params.b_offset + z * params.b_stride_batch
  );
  let column = block % params.column_blocks * 32u + lane * 8u;
  let columns = Columns(columns_at(column), columns_at(column + 4u));
  var sums = Sums();
  for (var k = 0u; k < params.k; k += 4u) {
    sums = accumulate(sums, place, columns, k);
  }
  let to = params.y_offset + z * params.n;
  store(to, columns.left, left_of(sums) + load_bias(columns.left));
  store(to, columns.right, right_of(sums) + load_bias(columns.right));
}
