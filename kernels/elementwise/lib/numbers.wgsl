// A number at a time: the kernel's `apply` as it is.

alias Real = f32;
const WIDTH: u32 = 1;

fn applied(x: Real) -> Real {
  return apply(x);
}
