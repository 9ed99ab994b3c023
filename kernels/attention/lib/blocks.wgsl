// 16 × 16 pairs of a query and a key at a time, in registers: for the combined backward kernel of software adapters.
//
// The kernel has the bindings q and k [.., dim], v and d_y [.., value_dim], and the parameters of attention/lib/attention.wgsl, dim and
// value_dim, both even.
// Software adapters fetch every element by itself, for one lane after the other, and arrays with an index that is not known
// to the compiler count as memory too. So what costs are loads: a block is 16 × 16 for few of them, and written out.
//
// @use attention/lib/pairs.wgsl

// Rows, and columns, of a block.
const SIDE: u32 = 16;

// Where 16 rows begin, in elements.
alias Rows = array<vec4u, 4>;

// Rows past `last` repeat it.
fn rows_from(base: u32, row: u32, last: u32, width: u32) -> Rows {
  let rows = row + vec4u(0, 1, 2, 3);
  let end = vec4u(last);
  return Rows(
    base + min(rows, end) * width,
    base + min(rows + 4u, end) * width,
    base + min(rows + 8u, end) * width,
    base + min(rows + 12u, end) * width,
  );
}

// Of a block, matrix 4 · a + b has the queries from 4 · a on and the keys from 4 · b on; column r holds a query.
var<private> weights: array<mat4x4f, 16>;
var<private> d_scores: array<mat4x4f, 16>;

fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn q_at(at: vec4u) -> vec4f {
  return vec4f(q[at.x], q[at.y], q[at.z], q[at.w]);
}

fn k_at(at: vec4u) -> vec4f {
  return vec4f(k[at.x], k[at.y], k[at.z], k[at.w]);
}

fn v_at(at: vec4u) -> vec4f {
  return vec4f(v[at.x], v[at.y], v[at.z], v[at.w]);
}

fn d_y_at(at: vec4u) -> vec4f {
  return vec4f(d_y[at.x], d_y[at.y], d_y[at.z], d_y[at.w]);
}

// weights = q · kᵀ of 16 queries and 16 keys.
fn multiply_q_k(a: Rows, b: Rows) {
  var m00 = mat4x4f();
  var m01 = mat4x4f();
  var m02 = mat4x4f();
  var m03 = mat4x4f();
  var m10 = mat4x4f();
  var m11 = mat4x4f();
  var m12 = mat4x4f();
  var m13 = mat4x4f();
  var m20 = mat4x4f();
  var m21 = mat4x4f();
  var m22 = mat4x4f();
  var m23 = mat4x4f();
  var m30 = mat4x4f();
  var m31 = mat4x4f();
  var m32 = mat4x4f();
  var m33 = mat4x4f();
  for (var d = 0u; d < params.dim; d += 2u) {
    let a0 = q_at(a[0] + d);
    let a1 = q_at(a[1] + d);
    let a2 = q_at(a[2] + d);
    let a3 = q_at(a[3] + d);
    let b0 = k_at(b[0] + d);
    let b1 = k_at(b[1] + d);
    let b2 = k_at(b[2] + d);
    let b3 = k_at(b[3] + d);
    let next_a0 = q_at(a[0] + d + 1u);
    let next_a1 = q_at(a[1] + d + 1u);
    let next_a2 = q_at(a[2] + d + 1u);
    let next_a3 = q_at(a[3] + d + 1u);
    let next_b0 = k_at(b[0] + d + 1u);
    let next_b1 = k_at(b[1] + d + 1u);
    let next_b2 = k_at(b[2] + d + 1u);
    let next_b3 = k_at(b[3] + d + 1u);
    m00 += outer(a0, b0) + outer(next_a0, next_b0);
    m01 += outer(a0, b1) + outer(next_a0, next_b1);
    m02 += outer(a0, b2) + outer(next_a0, next_b2);
    m03 += outer(a0, b3) + outer(next_a0, next_b3);
    m10 += outer(a1, b0) + outer(next_a1, next_b0);
    m11 += outer(a1, b1) + outer(next_a1, next_b1);
    m12 += outer(a1, b2) + outer(next_a1, next_b2);
    m13 += outer(a1, b3) + outer(next_a1, next_b3);
    m20 += outer(a2, b0) + outer(next_a2, next_b0);
    m21 += outer(a2, b1) + outer(next_a2, next_b1);
    m22 += outer(a2, b2) + outer(next_a2, next_b2);
    m23 += outer(a2, b3) + outer(next_a2, next_b3);
    m30 += outer(a3, b0) + outer(next_a3, next_b0);
    m31 += outer(a3, b1) + outer(next_a3, next_b1);
    m32 += outer(a3, b2) + outer(next_a3, next_b2);
    m33 += outer(a3, b3) + outer(next_a3, next_b3);
  }
  weights = array<mat4x4f, 16>(
    m00, m01, m02, m03,
    m10, m11, m12, m13,
    m20, m21, m22, m23,
    m30, m31, m32, m33,
  );
}

// d_scores = d_y · vᵀ: the gradients of the weights.
fn multiply_d_y_v(a: Rows, b: Rows) {
  var m00 = mat4x4f();
  var m01 = mat4x4f();
  var m02 = mat4x4f();
  var m03 = mat4x4f();
  var m10 = mat4x4f();
  var m11 = mat4x4f();
  var m12 = mat4x4f();
  var m13 = mat4x4f();
  var m20 = mat4x4f();
  var m21 = mat4x4f();
  var m22 = mat4x4f();
  var m23 = mat4x4f();
  var m30 = mat4x4f();
  var m31 = mat4x4f();
  var m32 = mat4x4f();
  var m33 = mat4x4f();
  for (var d = 0u; d < params.value_dim; d += 2u) {
    let a0 = d_y_at(a[0] + d);
    let a1 = d_y_at(a[1] + d);
    let a2 = d_y_at(a[2] + d);
    let a3 = d_y_at(a[3] + d);
    let b0 = v_at(b[0] + d);
    let b1 = v_at(b[1] + d);
    let b2 = v_at(b[2] + d);
    let b3 = v_at(b[3] + d);
    let next_a0 = d_y_at(a[0] + d + 1u);
    let next_a1 = d_y_at(a[1] + d + 1u);
    let next_a2 = d_y_at(a[2] + d + 1u);
    let next_a3 = d_y_at(a[3] + d + 1u);
    let next_b0 = v_at(b[0] + d + 1u);
    let next_b1 = v_at(b[1] + d + 1u);
    let next_b2 = v_at(b[2] + d + 1u);
    let next_b3 = v_at(b[3] + d + 1u);
    m00 += outer(a0, b0) + outer(next_a0, next_b0);
    m01 += outer(a0, b1) + outer(next_a0, next_b1);
    m02 += outer(a0, b2) + outer(next_a0, next_b2);
    m03 += outer(a0, b3) + outer(next_a0, next_b3);
    m10 += outer(a1, b0) + outer(next_a1, next_b0);
    m11 += outer(a1, b1) + outer(next_a1, next_b1);
    m12 += outer(a1, b2) + outer(next_a1, next_b2);
    m13 += outer(a1, b3) + outer(next_a1, next_b3);
    m20 += outer(a2, b0) + outer(next_a2, next_b0);
    m21 += outer(a2, b1) + outer(next_a2, next_b1);
    m22 += outer(a2, b2) + outer(next_a2, next_b2);
    m23 += outer(a2, b3) + outer(next_a2, next_b3);
    m30 += outer(a3, b0) + outer(next_a3, next_b0);
    m31 += outer(a3, b1) + outer(next_a3, next_b1);
    m32 += outer(a3, b2) + outer(next_a3, next_b2);
    m33 += outer(a3, b3) + outer(next_a3, next_b3);
  }
  d_scores = array<mat4x4f, 16>(
    m00, m01, m02, m03,
    m10, m11, m12, m13,
    m20, m21, m22, m23,
    m30, m31, m32, m33,
  );
}
