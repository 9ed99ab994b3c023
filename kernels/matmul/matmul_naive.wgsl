// Matrix product, the readable baseline: any shape, any transpose. Formula and bindings: matmul/lib/operands.wgsl.
//
// One thread owns one element of y, a workgroup a block of 8 rows and 8 columns. Dispatch batch · row_blocks · column_blocks
// workgroups, folded; columns run fastest. Preconditions: none. No barriers.
//
// @use matmul/lib/operands.wgsl
// @use lib/by-workgroup.wgsl

alias Element = f32;
alias Stored = f32;
const SIDE: u32 = 8;
const WORKGROUP_SIZE: u32 = 64;

fn own(group: u32, local: u32) {
  let block = block_of(group);
  let column = block.column * SIDE + local % SIDE;
  let row = block.row * SIDE + local / SIDE;
  if (block.z >= params.batch_size || row >= params.m || column >= params.n) {
    return;
  }
  var a_at = params.a_offset + block.z * params.a_stride_batch + row * params.a_stride_m;
  var b_at = params.b_offset + block.z * params.b_stride_batch + column * params.b_stride_n;
  var sum = 0.0;
  let a_step = params.a_stride_k;
  let b_step = params.b_stride_k;
  let count = params.k;
  for (var k = 0u; k < count; k++) {
    sum += a[a_at] * b[b_at];
    a_at += a_step;
    b_at += b_step;
  }
  if (params.has_bias != 0u) {
    sum += bias[params.bias_offset + column];
  }
  y[params.y_offset + (block.z * params.m + row) * params.n + column] = sum;
}
