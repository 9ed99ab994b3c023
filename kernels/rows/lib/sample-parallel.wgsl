// Sampling of rows of which a workgroup has one: sums and the share of each thread's chunk by workgroup memory.
//
// @use lib/rows-parallel.wgsl
// @use rows/lib/argmax-parallel.wgsl
// @use rows/lib/sample-search.wgsl

var<workgroup> sums_tree: array<vec3f, WORKGROUP_SIZE>;
var<workgroup> chunks: array<vec2f, WORKGROUP_SIZE>;

// As row_sum, of three.
fn row_sums(first: u32, values: vec3f) -> vec3f {
  sums_tree[first] = values;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if (first < half) {
      sums_tree[first] += sums_tree[first + half];
    }
    workgroupBarrier();
  }
  let result = sums_tree[0];
  workgroupBarrier(); // all have read the result before the next call overwrites it
  return result;
}

// All threads find the same. Lower tokens are the first of the equal ones that are kept.
fn part_of(first: u32, chunk: Chunk, cut: Cut, number: f32) -> Part {
  chunks[first] = vec2f(chunk.above, bitcast<f32>(chunk.equals));
  workgroupBarrier();
  var whole = 0.0;
  var left = cut.equals;
  for (var i = 0u; i < WORKGROUP_SIZE; i += 1u) {
    let equals = min(left, bitcast<u32>(chunks[i].y));
    whole += chunks[i].x + f32(equals) * cut.weight;
    left -= equals;
  }
  var part = Part(0u, 0.0, 0u);
  var rest = number * whole;
  var is_found = false;
  left = cut.equals;
  for (var i = 0u; i < WORKGROUP_SIZE; i += 1u) {
    let equals = min(left, bitcast<u32>(chunks[i].y));
    let sum = chunks[i].x + f32(equals) * cut.weight;
    if (sum > 0.0 && !is_found) {
      part = Part(i, rest, equals);
      is_found = rest < sum;
    }
    rest -= sum;
    left -= equals;
  }
  return part;
}
