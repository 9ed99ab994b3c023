// embedding_forward: y[i, j] = table[indices[i], j]
//
//   indices  [n]     i32
//   table    [v, e]
//   y        [n, e]
//
// An index below 0 or from v on gives a row of zeros: nothing outside the table is read.
//
// A thread owns one element of y (four with vec4). Dispatch ceil(n · e / LANES / WORKGROUP_SIZE) workgroups, folded. No
// barriers. y may not share a buffer with an input. vec4: e and the offsets of table and y are multiples of 4. vec4_float16: the
// same with a table of 16 bits.
//
// @use lib/by-thread.wgsl
// @use layout/lib/embedding.wgsl
// @variant vec4 Element=vec4f Stored=vec4f LANES=4u
// @variant vec4_float16 Element=vec4f Stored=vec2u LANES=4u row_part=vec4f(unpack2x16float(stored.x),unpack2x16float(stored.y))

alias Stored = f32; // @specialize

var<storage, read> table: array<Stored>;
var<storage, read_write> y: array<Element>;

fn row_part(stored: Stored) -> Element { return stored; } // @specialize

fn own(element: u32) {
  let width = params.e / LANES;
  if (element >= params.n * width) {
    return;
  }
  let position = element / width;
  let column = element % width;
  // A negative index is a huge one when read as u32.
  let row = bitcast<u32>(indices[params.indices_offset + position]);
  var value = Element();
  if (row < params.v) {
    value = row_part(table[params.table_offset / LANES + row * width + column]);
  }
  y[params.y_offset / LANES + element] = value;
}
