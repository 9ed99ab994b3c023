// Two operands of up to six axes, each with strides of its own, and their places for element i of the row-major result.
//
// The kernel says what the operands and the results are: `alias In`, `alias Out`.

struct Params {
  size: u32,
  d0: u32,
  d1: u32,
  d2: u32,
  d3: u32,
  d4: u32,
  d5: u32,
  a_s0: u32,
  a_s1: u32,
  a_s2: u32,
  a_s3: u32,
  a_s4: u32,
  a_s5: u32,
  b_s0: u32,
  b_s1: u32,
  b_s2: u32,
  b_s3: u32,
  b_s4: u32,
  b_s5: u32,
}

var<storage, read> a: array<In>;
var<storage, read> b: array<In>;
var<storage, read_write> y: array<Out>;

// In a and in b.
fn places_of(i: u32) -> vec2<u32> {
  // From the innermost axis outwards: the rest of the index is divided by each extent in turn.
  let i5 = i % params.d5;
  var rest = i / params.d5;
  let i4 = rest % params.d4;
  rest /= params.d4;
  let i3 = rest % params.d3;
  rest /= params.d3;
  let i2 = rest % params.d2;
  rest /= params.d2;
  let i1 = rest % params.d1;
  let i0 = rest / params.d1;

  return vec2<u32>(
    params.a_offset + i0 * params.a_s0 + i1 * params.a_s1 + i2 * params.a_s2
      + i3 * params.a_s3 + i4 * params.a_s4 + i5 * params.a_s5,
    params.b_offset + i0 * params.b_s0 + i1 * params.b_s1 + i2 * params.b_s2
      + i3 * params.b_s3 + i4 * params.b_s4 + i5 * params.b_s5,
  );
}
