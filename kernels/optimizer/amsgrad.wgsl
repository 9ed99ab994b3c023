// amsgrad: one step of AdamW, in place, with the largest v so far under the root; the variant `adam` is of Adam
//
//   w ← max(w, v)
//
// Formula, bindings and what a thread owns: optimizer/lib/adam.wgsl.
//
//   v_max      [size]  w, 0 before the first step
//
// S. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", ICLR 2018, corrected as in PyTorch: the maximum is
// of v before its correction.
//
// @use optimizer/lib/adam.wgsl
// @use lib/numbers.wgsl
// @variant adam COUPLED=1

var<storage, read_write> v_max: array<vec4<f32>>;

fn largest(i: u32, square: vec4f) -> vec4f {
  let most = larger4(v_max[params.v_max_offset / 4u + i], square);
  v_max[params.v_max_offset / 4u + i] = most;
  return most;
}
