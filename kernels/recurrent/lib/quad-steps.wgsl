// The body of the steps whose recurrent part is one matrix product, rows times weights: the gradients of all cells, and the plain
// RNN's forward step. The four threads of a workgroup own together 32 hidden units of ROWS batch rows, each thread all of the
// rows and two times four of the units; no two of them read the same of the rows, they exchange it. The kernel has
//   row_at(step, row)      where a row begins, in elements of its binding
//   load_row(at)           four numbers of a row
//   products(step)         how many fours of a row there are to multiply
//   weights_at(unit4)      where the weights of four units begin
//   load_block(at, k)      the weights of these units for the k-th four numbers: as columns, one for each number
//   finish(step, row, unit4, sum)
// and `enable subgroups;`, which libraries cannot hold.
//
// @requires subgroups
// @use recurrent/lib/blocks.wgsl
// @use lib/quads.wgsl
// @variant half ROWS=16
// @variant low ROWS=8

// Batch rows per workgroup: 32, 16 or 8.
override ROWS: u32 = 32u;

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.x + group.y * groups.x;
  let row = block / params.unit_blocks * ROWS;
  if (row >= params.batch_size) {
    return;
  }
  let left_unit4 = block % params.unit_blocks * 8u + lane;
  let right_unit4 = left_unit4 + 4u;
  let step = step_at(params.time);

  let last_unit4 = params.hidden_size / 4u - 1u;
  let w_left = weights_at(min(left_unit4, last_unit4));
  let w_right = weights_at(min(right_unit4, last_unit4));
  // rows past the batch repeat the last one
  let last = row_at(step, params.batch_size - 1u);
  let at0 = min(row_at(step, row + lane), last);
  let at1 = min(row_at(step, row + lane + 4u), last);
  let at2 = min(row_at(step, row + lane + 8u), last);
  let at3 = min(row_at(step, row + lane + 12u), last);
  let at4 = min(row_at(step, row + lane + 16u), last);
  let at5 = min(row_at(step, row + lane + 20u), last);
  let at6 = min(row_at(step, row + lane + 24u), last);
  let at7 = min(row_at(step, row + lane + 28u), last);
  var left0 = mat4x4<f32>();
  var right0 = mat4x4<f32>();
  var left1 = mat4x4<f32>();
  var right1 = mat4x4<f32>();
  var left2 = mat4x4<f32>();
  var right2 = mat4x4<f32>();
  var left3 = mat4x4<f32>();
  var right3 = mat4x4<f32>();
  var left4 = mat4x4<f32>();
  var right4 = mat4x4<f32>();
  var left5 = mat4x4<f32>();
  var right5 = mat4x4<f32>();
  var left6 = mat4x4<f32>();
  var right6 = mat4x4<f32>();
  var left7 = mat4x4<f32>();
  var right7 = mat4x4<f32>();
  let count = products(step);
  for (var k = 0u; k < count; k++) {
    let left = load_block(w_left, k);
    let right = load_block(w_right, k);
    let rows0 = share(load_row(at0 + k));
    left0 += left * rows0;
    right0 += right * rows0;
    let rows1 = share(load_row(at1 + k));
    left1 += left * rows1;
    right1 += right * rows1;
    if (ROWS >= 16u) {
      let rows2 = share(load_row(at2 + k));
      left2 += left * rows2;
      right2 += right * rows2;
      let rows3 = share(load_row(at3 + k));
      left3 += left * rows3;
      right3 += right * rows3;
    }
    if (ROWS >= 32u) {
      let rows4 = share(load_row(at4 + k));
      left4 += left * rows4;
      right4 += right * rows4;
      let rows5 = share(load_row(at5 + k));
      left5 += left * rows5;
      right5 += right * rows5;
      let rows6 = share(load_row(at6 + k));
      left6 += left * rows6;
      right6 += right * rows6;
      let rows7 = share(load_row(at7 + k));
      left7 += left * rows7;
      right7 += right * rows7;
    }
  }
  var sums = array<mat4x4<f32>, 16>(
    left0, left1, left2, left3, left4, left5, left6, left7, right0, right1, right2, right3, right4, right5, right6, right7
  );
  // one loop over all: the ends take more of the compile time than the sums
  for (var i = 0u; i < 2u * ROWS; i++) {
    let side = i / ROWS;
    let at = i % ROWS;
    finish(step, row + (at ^ lane), left_unit4 + 4u * side, sums[8u * side + (at >> 2u)][at & 3u]);
  }
}
