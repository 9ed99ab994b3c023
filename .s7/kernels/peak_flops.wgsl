// peak_flops: the adapter's multiply-add rate, measured; the profile gives kernels' speed as a share of it
//
//   y[4 i + c] = sum over k in 0 … 3 of (chain k of thread i after `steps` steps of x ← a x + b)
//   Chain k starts at k + 1 + c + i mod 8. With a = b = 1 that is the sum of (start + steps): exact, so it can be checked.
//
//   y  [size, 4]
//
// A thread owns four independent chains of vec4 in registers (more spill on software adapters, and with many threads they
// hide a multiply-add's latency on GPUs) and reads no memory: 4 · 4 · 2 · steps operations. a and b are parameters, so
// that no compiler works the sum out beforehand. FUSED asks for fma(), which GPUs make of a x + b by themselves and
// software adapters emulate slowly. Dispatch ceil(size / WORKGROUP_SIZE) workgroups, folded. No barriers.
//
// @variant fused FUSED=true
// @use lib/linear.wgsl

override WORKGROUP_SIZE: u32 = 64u;
override FUSED: bool = false;

struct Params {
  size: u32,
  steps: u32,
  a: f32,
  b: f32,
  y_offset: u32,
}

@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup_id: vec3u,
  @builtin(local_invocation_index) local_index: u32,
  @builtin(num_workgroups) num_workgroups: vec3u,
) {
  let i = linear_index(workgroup_id, local_index, num_workgroups, WORKGROUP_SIZE);
  if (i >= params.size) {
    return;
  }
  let a = vec4f(params.a);
  let b = vec4f(params.b);
  let start = vec4f(1.0, 2.0, 3.0, 4.0) + f32(i % 8u);
  var x0 = start;
  var x1 = start + 1.0;
  var x2 = start + 2.0;
  var x3 = start + 3.0;
  for (var step = 0u; step < params.steps; step++) {
    if (FUSED) {
      x0 = fma(a, x0, b);
      x1 = fma(a, x1, b);
      x2 = fma(a, x2, b);
      x3 = fma(a, x3, b);
    } else {
      x0 = a * x0 + b;
      x1 = a * x1 + b;
      x2 = a * x2 + b;
      x3 = a * x3 + b;
    }
  }
  y[params.y_offset / 4u + i] = (x0 + x1) + (x2 + x3);
}
