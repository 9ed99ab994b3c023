// Rows x [rows, 2n] of n values, then their n gates. A thread has a value and its gate; the variant names the function of the gate,
// sigmoid by default.
//
// @use lib/by-thread.wgsl
// @use lib/linear-units.wgsl
// @variant relu GATE=1
// @variant gelu GATE=2
// @variant gelu_tanh GATE=3
// @variant silu GATE=4
// @variant identity GATE=5

override WORKGROUP_SIZE: u32 = 64u;
override GATE: u32 = 0u;

struct Params {
  rows: u32,
  n: u32,
}

var<storage, read> x: array<f32>;

fn own(i: u32) {
  if (i < params.rows * params.n) {
    own_value(i, i + i / params.n * params.n);
  }
}
