// Attention of a few queries to a long cache: what one part of the keys gives. In registers, for software adapters.
//
//   largest = max_j score[j]     total = Σ_j e^(score[j] - largest)     sums = Σ_j e^(score[j] - largest) · v[j]
//
// over the keys j of the part that the row sees; attention_decode_merge puts the parts together.
//
// q       [batch, num_heads, queries, dim]
// k       [batch, kv_heads, capacity, dim]
// v       [batch, kv_heads, capacity, value_dim]
// lengths see attention/lib/decode.wgsl
// stats   [batch · kv_heads, rows, parts]: (largest, total); (-3.4e38, 0) where the row sees no key of the part
// sums    [batch · kv_heads, rows, parts, value_dim]
//
// A thread owns ROWS rows of one key/value head and a part of PART keys: first the scores, four keys at a time, which it
// keeps in private memory; then the weights; then weights times v, four features at a time. Parts behind the last key that is
// there return at once and write nothing: the merge does not read them. row_blocks = ceil(rows / ROWS), parts = ceil(capacity
// / 32); dispatch ceil(batch · kv_heads · row_blocks · parts / 4) workgroups, folded; parts run fastest, so that those at
// work are spread over the adapter's cores. Rows past the edge repeat the last one and write what it writes.
// Preconditions: dim, value_dim and the offsets of q, k, v and sums are multiples of 4. No barriers. Nothing is aliased.
//
// T. Dao et al., "Flash-Decoding for long-context inference", 2023.
//
// @use attention/lib/decode.wgsl
// @use lib/by-thread.wgsl
// @use attention/lib/decode-operands.wgsl
// @variant rows2 ROWS=2
// @variant rows4 ROWS=4

const ROWS: u32 = 1; // @specialize

const WORKGROUP_SIZE: u32 = 4;
const PART: u32 = 32;

// Scores, then weights: of four keys row by row, then of the next four.
var<private> weights: array<vec4f, ROWS * PART / 4u>;

// Weights times four features of the keys of the part that row r sees, those below `seen`; added up as all are, so that what
// is hidden does not even change the rounding.
fn seen_sum(r: u32, first: u32, seen: u32, v_base: u32) -> vec4f {
  var sum = vec4f();
  for (var group = 0u; group < PART / 4u && first + group * 4u < seen; group++) {
    let j = first + group * 4u + vec4u(0, 1, 2, 3);
    let at = v_base + min(j, vec4u(params.capacity - 1u)) * (params.value_dim / 4u);
    let values = mat4x4f(
      select(vec4f(), v[at.x], j.x < seen),
      select(vec4f(), v[at.y], j.y < seen),
      select(vec4f(), v[at.z], j.z < seen),
      select(vec4f(), v[at.w], j.w < seen),
    );
    sum += values * weights[group * ROWS + r];
  }
  return sum;
}

fn own(index: u32) {
  let part = index % params.parts;
  let first_row = index / params.parts % params.row_blocks * ROWS;
  let z = index / params.parts / params.row_blocks;
  if (z >= params.batch_size * params.kv_heads) {
    return;
  }
  let length = length_of(z);
  let first = part * PART;
  if (first >= length) {
    return;
  }
  let groups = (min(PART, length - first) + 3u) / 4u;
  let d4 = params.dim / 4u;
  let last_row = params.rows - 1u;
  let q_base = params.q_offset / 4u + z * params.rows * d4;
  let k_base = params.k_offset / 4u + z * params.capacity * d4;
  let v4 = params.value_dim / 4u;
  let v_base = params.v_offset / 4u + z * params.capacity * v4;

  for (var group = 0u; group < groups; group++) {
    let j = first + group * 4u + vec4u(0, 1, 2, 3);
    let at = k_base + min(j, vec4u(params.capacity - 1u)) * d4;
    var dots = array<vec4f, ROWS>();
    for (var d = 0u; d < d4; d++) {
      let keys = transpose(mat4x4f(k[at.x + d], k[at.y + d], k[at.z + d], k[at.w + d]));
      for (var r = 0u; r < ROWS; r++) {
        dots[r] += keys * q[q_base + min(first_row + r, last_row) * d4 + d];
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      weights[group * ROWS + r] = dots[r];
    }
  }

  for (var r = 0u; r < ROWS; r++) {
    let row = min(first_row + r, last_row);
    let seen = seen_by(row, length);
    let slope = slope_of(z, row);
    var top = vec4f(HIDDEN);
    for (var group = 0u; group < groups; group++) {
      let j = first + group * 4u + vec4u(0, 1, 2, 3);
      let dots = weights[group * ROWS + r];
      let scores = vec4f(
        score_of(dots.x, f32(j.x), row, length, slope),
        score_of(dots.y, f32(j.y), row, length, slope),
        score_of(dots.z, f32(j.z), row, length, slope),
        score_of(dots.w, f32(j.w), row, length, slope),
      );
      let counted = select(vec4f(HIDDEN), scores, j < vec4u(seen));
      weights[group * ROWS + r] = counted;
      top = max(top, counted);
    }
    let largest = max(max(top.x, top.y), max(top.z, top.w));
    var total = vec4f();
    for (var group = 0u; group < groups; group++) {
      let scores = weights[group * ROWS + r];
      let p = weights_of(scores, largest);
      weights[group * ROWS + r] = p;
      total += p;
    }
    let to = params.stats_offset + ((z * params.rows + row) * params.parts + part) * 2u;
    stats[to] = largest;
    stats[to + 1u] = total.x + total.y + total.z + total.w;
  }

  let hiding = first + groups * 4u > seen_by(0u, length); // query 0 sees the fewest
  for (var d = 0u; d < v4; d++) {
    var sum = array<vec4f, ROWS>();
    for (var group = 0u; group < groups; group++) {
      let j = first + group * 4u + vec4u(0, 1, 2, 3);
      let at = v_base + min(j, vec4u(params.capacity - 1u)) * v4 + d;
      let values = mat4x4f(v[at.x], v[at.y], v[at.z], v[at.w]);
      for (var r = 0u; r < ROWS; r++) {
        sum[r] += values * weights[group * ROWS + r];
      }
    }
    // what is not finite shows in every row
    if (hiding && not_finite(sum[0])) {
      for (var r = 0u; r < ROWS; r++) {
        sum[r] = seen_sum(r, first, seen_by(min(first_row + r, last_row), length), v_base + d);
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      let row = z * params.rows + min(first_row + r, last_row);
      sums[params.sums_offset / 4u + (row * params.parts + part) * v4 + d] = sum[r];
    }
  }
}
