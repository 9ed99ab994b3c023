// class_hits: hits[0, r] = weight · (is the first of row r's largest scores its target's?), hits[1, r] = weight
//
//   scores   [rows, n]  with n = 1 a score above `threshold` speaks for class 1, another for class 0
//   targets  [rows]     i32; a row with a negative target has weight 0
//   weights  [rows]     not read where weighted is 0: then each row has weight 1
//   hits     [2, rows]  NaN in the place of a row's 0 or 1 where one of its scores is NaN; what has weight 0 is 0 whatever it is
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl). Inputs may share buffers, hits must be
// another.
//
// @name class_hits_{rows}
// @each rows parallel serial
// @use lib/rows-{rows}.wgsl
// @use rows/lib/argmax-{rows}.wgsl
// @use rows/lib/argmax.wgsl

struct Params {
  rows: u32,
  n: u32,
  weighted: u32,
  threshold: f32,
}

var<storage, read> scores: array<f32>;
var<storage, read> targets: array<i32>;
var<storage, read> weights: array<f32>;
var<storage, read_write> hits: array<f32>;

fn score(i: u32) -> f32 {
  return scores[i];
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let begin = params.scores_offset + row * params.n;
  let place = best_of_row(first, begin, params.n);
  if (first != 0u) {
    return;
  }
  let highest = scores[begin + place];
  let said = select(place, u32(highest > params.threshold), params.n == 1u);
  let target_class = targets[params.targets_offset + row];
  var weight = 1.0;
  if (params.weighted != 0u) {
    weight = weights[params.weights_offset + row];
  }
  weight = select(weight, 0.0, target_class < 0);
  let right = select(f32(said == u32(target_class)), highest, is_nan(highest));
  hits[params.hits_offset + row] = select(weight * right, 0.0, weight == 0.0);
  hits[params.hits_offset + params.rows + row] = weight;
}
