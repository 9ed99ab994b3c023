// elementwise_integer: y[i₀ … i₅] = f(a[Σ iₐ·a_sₐ], b[Σ iₐ·b_sₐ]) of 32-bit integers
//
//   a  i32, read at a_offset + Σ iₐ·a_sₐ
//   b  i32, read at b_offset + Σ iₐ·b_sₐ
//   y  [d0, d1, d2, d3, d4, d5]  row-major; i32, f32 1 or 0 of comparisons
//
// d0 is the outermost extent; extents that are not used are 1. A stride of 0 repeats the operand along that axis. What
// overflows wraps. div rounds toward zero; by 0 it gives 0, and of -2³¹ by -1 it wraps to -2³¹.
//
// A thread owns one element. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers. a and b may be the
// same buffer, y must be another.
//
// @use elementwise/lib/broadcast.wgsl
// @use lib/by-element.wgsl
// @variant add OP=0
// @variant sub OP=1
// @variant mul OP=2
// @variant div OP=3
// @variant maximum OP=4
// @variant minimum OP=5
// @variant equal OP=6 Out=f32 result=f32(value)
// @variant less OP=7 Out=f32 result=f32(value)
// @variant less_equal OP=8 Out=f32 result=f32(value)

alias In = i32;
alias Out = i32; // @specialize

override WORKGROUP_SIZE: u32 = 64u;
override OP: u32 = 0u;

fn result(value: i32) -> Out { return value; } // @specialize

// WGSL gives `left` for a division by 0 and for -2³¹ / -1.
fn quotient(left: i32, right: i32) -> i32 {
  return select(left / right, 0, right == 0);
}

fn apply(left: i32, right: i32) -> i32 {
  switch (OP) {
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return quotient(left, right); }
    case 4u: { return max(left, right); }
    case 5u: { return min(left, right); }
    case 6u: { return select(0, 1, left == right); }
    case 7u: { return select(0, 1, left < right); }
    case 8u: { return select(0, 1, left <= right); }
    default: { return left + right; }
  }
}

fn own(i: u32) {
  let places = places_of(i);
  y[params.y_offset + i] = result(apply(a[places.x], b[places.y]));
}
