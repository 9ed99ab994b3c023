// Four numbers at a time, each by the kernel's `apply`. `size` and all offsets are multiples of 4.

alias Real = vec4<f32>;
const WIDTH: u32 = 4;

fn applied(x: Real) -> Real {
  return Real(apply(x.x), apply(x.y), apply(x.z), apply(x.w));
}
