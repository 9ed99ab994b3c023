// elementwise_binary_broadcast: y[i₀ … i₅] = f(a[Σ iₐ·a_sₐ], b[Σ iₐ·b_sₐ])
//
//   a  read at a_offset + Σ iₐ·a_sₐ
//   b  read at b_offset + Σ iₐ·b_sₐ
//   y  [d0, d1, d2, d3, d4, d5]  row-major
//
// d0 is the outermost extent; extents that are not used are 1. size = d0·d1·d2·d3·d4·d5. A stride of 0 repeats the
// operand along that axis. The variants are those of elementwise_binary, which is the faster one for equal shapes.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. a and b may be the
// same buffer, y must be another.
//
// @use lib/by-element.wgsl
// @use elementwise/lib/binary.wgsl
// @use elementwise/lib/broadcast.wgsl

alias In = f32;
alias Out = f32;

override WORKGROUP_SIZE: u32 = 64u;

fn own(i: u32) {
  let places = places_of(i);
  y[params.y_offset + i] = apply(a[places.x], b[places.y]);
}
