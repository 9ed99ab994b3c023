// How the four threads of a quad share what they load. A swap is one instruction on SwiftShader, where a broadcast from a
// given thread takes ten and the load of a vec4 some 80 for each of its numbers.

// What the threads of a quad brought in, as columns: a thread's own, then those of the threads lane ^ 1, ^ 2 and ^ 3.
fn share(own: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(own, quadSwapX(own), quadSwapY(own), quadSwapDiagonal(own));
}
