// peak_flops: the adapter's multiply-add rate, measured; the profile gives kernels' speed as a share of it
//
//   y[4 i + c] = sum over j in 0 … 2 of (chain j of thread i after 32 · `turns` steps of x ← a x + b)
//   Chain j starts at j + 1 + c + i mod 8. With a = b = 1 that is the sum of (start + 32 · turns): exact, so it can be checked.
//
//   y  [size, 4]
//
// A thread owns three independent chains of vec4 in registers (four spill on software adapters, and with many threads they
// hide a multiply-add's latency on GPUs) and reads no memory: 3 · 4 · 2 · 32 · turns operations. A turn of the loop has 32
// steps written out, or it is the loop that is measured: with four chains and one step a turn this gave a fifth of the rate
// on SwiftShader (CPU time), less than matmuls reach. a and b are parameters, so that no compiler works the sum out
// beforehand. FUSED asks for fma(), which GPUs make of a x + b by themselves and software adapters emulate slowly.
// Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @variant fused FUSED=true
// @use lib/by-element.wgsl

override WORKGROUP_SIZE: u32 = 64u;
override FUSED: bool = false;

struct Params {
  size: u32,
  turns: u32,
  a: f32,
  b: f32,
}

var<storage, read_write> y: array<vec4<f32>>;

struct Chains {
  x0: vec4f,
  x1: vec4f,
  x2: vec4f,
}

fn step(x: Chains, a: vec4f, b: vec4f) -> Chains {
  if (FUSED) {
    return Chains(fma(a, x.x0, b), fma(a, x.x1, b), fma(a, x.x2, b));
  }
  return Chains(a * x.x0 + b, a * x.x1 + b, a * x.x2 + b);
}

fn eight_steps(x: Chains, a: vec4f, b: vec4f) -> Chains {
  let two = step(step(x, a, b), a, b);
  let four = step(step(two, a, b), a, b);
  let six = step(step(four, a, b), a, b);
  return step(step(six, a, b), a, b);
}

fn own(i: u32) {
  let a = vec4f(params.a);
  let b = vec4f(params.b);
  let start = vec4f(1.0, 2.0, 3.0, 4.0) + f32(i % 8u);
  var x = Chains(start, start + 1.0, start + 2.0);
  for (var turn = 0u; turn < params.turns; turn++) {
    x = eight_steps(eight_steps(eight_steps(eight_steps(x, a, b), a, b), a, b), a, b);
  }
  y[params.y_offset / 4u + i] = x.x0 + x.x1 + x.x2;
}
