// Where a row's weights are cut, without sorting them: bits of positive numbers are in their order, so the bits of the least
// weight that is kept are found two at a time, by sums over the row of what lies above three candidates. No weight is above 1, so
// 30 bits tell it.
//
// `wanted` of the largest are kept, or as many as add up to it.
//
// @use rows/lib/sample-cut.wgsl

const DIGITS: u32 = 15;

fn cut_of(begin: u32, first: u32, wanted: f32, by_count: bool) -> Cut {
  var least = 0u;
  for (var digit = 0u; digit < DIGITS; digit += 1u) {
    let unit = 1u << (2u * (DIGITS - 1u - digit));
    let candidates = vec3u(least) + vec3u(1u, 2u, 3u) * unit;
    var sums = vec3f();
    for (var block = first; block < params.v; block += BLOCK * STRIDE) {
      var sum = vec3f();
      for (var i = block; i < min(params.v, block + BLOCK * STRIDE); i += STRIDE) {
        let w = weights[begin + i];
        sum += select(vec3f(), vec3f(select(w, 1.0, by_count)), vec3u(bitcast<u32>(w)) >= candidates);
      }
      sums += sum;
    }
    let enough = row_sums(first, sums) >= vec3f(wanted);
    least += unit * dot(select(vec3u(), vec3u(1u), enough), vec3u(1u));
  }

  let weight = bitcast<f32>(least);
  var above = vec3f(); // how many, and their sum
  for (var block = first; block < params.v; block += BLOCK * STRIDE) {
    var sum = vec3f();
    for (var i = block; i < min(params.v, block + BLOCK * STRIDE); i += STRIDE) {
      let w = weights[begin + i];
      sum += select(vec3f(), vec3f(1.0, w, 0.0), w > weight);
    }
    above += sum;
  }
  above = row_sums(first, above);
  let missing = select(ceil((wanted - above.y) / weight), wanted - above.x, by_count);
  let equals = u32(clamp(missing, 1.0, f32(params.v)));
  return Cut(weight, equals, above.y + f32(equals) * weight);
}

fn whole_of(begin: u32, first: u32) -> f32 {
  var whole = 0.0;
  for (var block = first; block < params.v; block += BLOCK * STRIDE) {
    var sum = 0.0;
    for (var i = block; i < min(params.v, block + BLOCK * STRIDE); i += STRIDE) {
      sum += weights[begin + i];
    }
    whole += sum;
  }
  return row_sum(first, whole);
}
