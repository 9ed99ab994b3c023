// Attention of a few queries to a long cache: what one part of the keys gives. For GPUs. The formula, bindings and layout are
// those of attention_decode.
//
// A workgroup of 64 threads owns ROWS rows of one key/value head and a part of PART keys. Of the scores a thread owns two
// keys, for all rows; of the maxima and sums 64 / ROWS threads share a row; of weights times v a thread owns four features and
// every so many-th key, and what those threads have is added up in the order of the keys. Parts behind the last key that is
// there return at once and write nothing. row_blocks = ceil(rows / ROWS), parts = ceil(capacity / 128); dispatch batch ·
// kv_heads · row_blocks · parts workgroups, folded; parts run fastest.
// Preconditions: dim and value_dim are multiples of 4 and at most 128, offsets of q, k, v and sums are multiples of 4. Barriers: five, and
// two for each row, in uniform control flow. At most 6 KiB of workgroup memory. Nothing is aliased.
//
// T. Dao et al., "Flash-Decoding for long-context inference", 2023.
//
// @use attention/lib/decode.wgsl
// @use lib/by-workgroup.wgsl
// @use attention/lib/decode-operands.wgsl
// @variant rows2 ROWS=2
// @variant rows4 ROWS=4

const ROWS: u32 = 1; // @specialize

const WORKGROUP_SIZE: u32 = 64;
const PART: u32 = 128;
// Longest head in vec4.
const MAX_D4: u32 = 32;
// Threads that share a row's maximum and sum.
const SHARE: u32 = WORKGROUP_SIZE / ROWS;

var<workgroup> queries: array<vec4f, ROWS * MAX_D4>;
// Scores, then weights.
var<workgroup> weights: array<f32, ROWS * PART>;
var<workgroup> partial: array<f32, WORKGROUP_SIZE>;
var<workgroup> pieces: array<vec4f, WORKGROUP_SIZE>;

fn own(index: u32, thread: u32) {
  let local = min(thread, WORKGROUP_SIZE - 1u);
  let part = index % params.parts;
  let first_row = index / params.parts % params.row_blocks * ROWS;
  let z = index / params.parts / params.row_blocks;
  let first = part * PART;
  if (z >= params.batch_size * params.kv_heads) {
    return;
  }
  let length = length_of(z);
  if (first >= length) {
    return;
  }
  let count = min(PART, length - first);
  let d4 = params.dim / 4u;
  let last_row = params.rows - 1u;
  let q_base = params.q_offset / 4u + z * params.rows * d4;
  let k_base = params.k_offset / 4u + (z * params.capacity + first) * d4;
  let v4 = params.value_dim / 4u;
  let v_base = params.v_offset / 4u + (z * params.capacity + first) * v4;

  for (var n = local; n < ROWS * MAX_D4; n += WORKGROUP_SIZE) {
    let d = n % MAX_D4;
    var value = vec4f();
    if (d < d4) {
      value = q[q_base + min(first_row + n / MAX_D4, last_row) * d4 + d];
    }
    queries[n] = value;
  }
  workgroupBarrier();

  for (var n = local; n < PART; n += WORKGROUP_SIZE) {
    var dots = array<f32, ROWS>();
    if (n < count) {
      for (var d = 0u; d < d4; d++) {
        let key = k[k_base + n * d4 + d];
        for (var r = 0u; r < ROWS; r++) {
          dots[r] += dot(key, queries[r * MAX_D4 + d]);
        }
      }
    }
    for (var r = 0u; r < ROWS; r++) {
      let row = min(first_row + r, last_row);
      let score = score_of(dots[r], f32(first + n), row, length, slope_of(z, row));
      weights[r * PART + n] = select(HIDDEN, score, n < count && first + n < seen_by(row, length));
    }
  }
  workgroupBarrier();

  let r = local / SHARE;
  var widest = HIDDEN;
  for (var n = local % SHARE; n < count; n += SHARE) {
    widest = max(widest, weights[r * PART + n]);
  }
  partial[local] = widest;
  workgroupBarrier();
  var largest = HIDDEN;
  for (var n = 0u; n < SHARE; n++) {
    largest = max(largest, partial[r * SHARE + n]);
  }
  workgroupBarrier(); // all have read the maxima before they become sums
  var sum = 0.0;
  for (var n = local % SHARE; n < count; n += SHARE) {
    let score = weights[r * PART + n];
    let p = select(exp(score - largest), 0.0, bitcast<u32>(score) == HIDDEN_BITS);
    weights[r * PART + n] = p;
    sum += p;
  }
  partial[local] = sum;
  workgroupBarrier();
  if (local % SHARE == 0u && first_row + r <= last_row) {
    var total = 0.0;
    for (var n = 0u; n < SHARE; n++) {
      total += partial[r * SHARE + n];
    }
    let to = params.stats_offset + ((z * params.rows + first_row + r) * params.parts + part) * 2u;
    stats[to] = largest;
    stats[to + 1u] = total;
  }

  // Threads in rows of as many as there are vec4 in a head's values, or the power of two above.
  var across = 1u;
  while (across < v4) {
    across *= 2u;
  }
  let d = local % across;
  let stride = WORKGROUP_SIZE / across;
  var sum4 = array<vec4f, ROWS>();
  if (d < v4) {
    for (var n = local / across; n < count; n += stride) {
      let value = v[v_base + n * v4 + d];
      for (var r = 0u; r < ROWS; r++) {
        sum4[r] += weights[r * PART + n] * value;
      }
    }
    // what is not finite shows in every row; query 0 sees the fewest
    if (first + count > seen_by(0u, length) && not_finite(sum4[0])) {
      for (var r = 0u; r < ROWS; r++) {
        let seen = min(seen_by(min(first_row + r, last_row), length), first + count);
        sum4[r] = vec4f();
        for (var n = local / across; first + n < seen; n += stride) {
          sum4[r] += weights[r * PART + n] * v[v_base + n * v4 + d];
        }
      }
    }
  }
  for (var r = 0u; r < ROWS; r++) {
    pieces[local] = sum4[r];
    workgroupBarrier();
    if (local < v4 && first_row + r <= last_row) {
      var total = vec4f();
      for (var n = 0u; n < stride; n++) {
        total += pieces[n * across + local];
      }
      let row = z * params.rows + first_row + r;
      sums[params.sums_offset / 4u + (row * params.parts + part) * v4 + local] = total;
    }
    workgroupBarrier();
  }
}
