// Which scores of an attention count and what they become: scale, softcap, bias, ALiBi, causal order, lengths, dropout.
//
// bias [batch or 1, heads or 1, queries, keys]: a value of -1e30 or less, -infinity too, hides the pair. control [2 + batch]:
// see attention_control. Each is not read where the parameter that speaks of it is 0. softcap 0: none.
//
// Causal order is aligned at the end: query i sees the keys j <= i + keys - queries; where causal is 2, at the end of the
// keys that are there, j <= i + length - queries (forward only); where it is 3, at the beginning, j <= i. ALiBi counts from
// there too.
//
// The variant `dropout` drops weights; without it there is no generator of random numbers to compile, which takes software
// adapters seconds.
//
// @use attention/lib/seen.wgsl
// @use lib/real.wgsl
// @use attention/lib/alibi.wgsl
// @use lib/random.wgsl
// @variant dropout DROPOUT=1

override DROPOUT: bool = false;

struct Params {
  num_heads: u32,
  kv_heads: u32,
  queries: u32,
  keys: u32,
  causal: u32,
  has_lengths: u32,
  has_bias: u32,
  bias_stride_batch: u32,
  bias_stride_head: u32,
  alibi_heads: u32,
  scale: f32,
  softcap: f32,
  rate: f32,
}

var<storage, read> bias: array<f32>;
var<storage, read> control: array<u32>;

alias Real = vec4<f32>;

// What is the same for all pairs of one head of one sequence. z = batch index · num_heads + head.
struct Head {
  z: u32,
  // keys that are there
  end: u32,
  // keys that the last query stands behind
  reach: u32,
  bias_base: u32,
  slope: f32,
}

fn head_of(z: u32) -> Head {
  let batch = z / params.num_heads;
  let head = z % params.num_heads;
  var end = params.keys;
  if (params.has_lengths != 0u) {
    end = min(control[params.control_offset + 2u + batch], params.keys);
  }
  let bias_base = params.bias_offset + batch * params.bias_stride_batch + head * params.bias_stride_head;
  var reach = params.keys;
  if (params.causal == 2u) {
    reach = end;
  } else if (params.causal == 3u) {
    reach = params.queries;
  }
  return Head(z, end, reach, bias_base, alibi_slope(head));
}

// The key/value head that a query head reads.
fn kv_head_of(z: u32) -> u32 {
  let group = params.num_heads / params.kv_heads;
  return z / params.num_heads * params.kv_heads + z % params.num_heads / group;
}

// Past the last key that any of the queries up to `last_query` sees.
fn end_for(head: Head, last_query: u32) -> u32 {
  if (params.causal == 0u) {
    return head.end;
  }
  let reach = min(last_query, params.queries - 1u) + 1u + head.reach;
  return min(head.end, max(reach, params.queries) - params.queries);
}

// First query that sees key j or a later one.
fn first_query_for(head: Head, j: u32) -> u32 {
  if (params.causal == 0u) {
    return 0u;
  }
  return max(j + params.queries, head.reach) - head.reach;
}

// Whether of the queries from `first_query` and the keys below `key_end` any pair may be hidden.
fn may_hide(head: Head, first_query: u32, key_end: u32) -> bool {
  return params.has_bias != 0u || key_end > end_for(head, first_query);
}

// By bits, -1e30 to -infinity: NaN hides nothing.
fn hides(added: vec4f) -> vec4<bool> {
  return bitcast<vec4u>(added) - vec4u(0xf149f2cau) <= vec4u(0xff800000u - 0xf149f2cau);
}

fn bias_at(head: Head, i: u32, keys: vec4u) -> vec4f {
  let at = head.bias_base + i * params.keys + min(keys, vec4u(params.keys - 1u));
  return vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
}

// Which of the keys query i sees, by lengths and causal order.
fn in_reach(head: Head, i: u32, keys: vec4u) -> vec4<bool> {
  let there = keys < vec4u(head.end);
  if (params.causal == 0u) {
    return there;
  }
  return there & (keys + params.queries <= vec4u(i + head.reach));
}

// Which of the keys j to j + 3 query i sees.
fn sees(head: Head, i: u32, j: u32) -> vec4<bool> {
  let keys = j + vec4u(0, 1, 2, 3);
  let reached = in_reach(head, i, keys);
  if (params.has_bias == 0u || i >= params.queries) {
    return reached & vec4<bool>(i < params.queries);
  }
  return reached & !hides(bias_at(head, i, keys));
}

fn sees_any(head: Head, i: u32) -> bool {
  let end = end_for(head, i);
  if (params.has_bias == 0u) {
    return end > 0u;
  }
  for (var j = 0u; j < end; j += 4u) {
    if (any(sees(head, i, j))) {
      return true;
    }
  }
  return false;
}

fn capped(scores: vec4f) -> vec4f {
  if (params.softcap == 0.0) {
    return scores;
  }
  return params.softcap * safe_tanh(scores / params.softcap);
}

// Gradients of inner products from those of the scores that they become.
fn through_scores(d_scores: vec4f, dots: vec4f) -> vec4f {
  let d_scaled = d_scores * params.scale;
  if (params.softcap == 0.0) {
    return d_scaled;
  }
  let t = safe_tanh(dots * params.scale / params.softcap);
  return d_scaled * (1.0 - t * t);
}

// Scores of query i with the keys j to j + 3 from the inner products; HIDDEN where they do not count.
fn scores_of(dots: vec4f, head: Head, i: u32, j: u32) -> vec4f {
  let keys = j + vec4u(0, 1, 2, 3);
  var seen = in_reach(head, i, keys);
  var scores = capped(dots * params.scale);
  if (params.has_bias != 0u) {
    let added = bias_at(head, i, keys);
    scores += added;
    seen = seen & !hides(added);
  }
  if (params.alibi_heads != 0u) {
    scores -= head.slope * abs(f32(i) - vec4f(keys) + (f32(head.reach) - f32(params.queries)));
  }
  return select(vec4f(HIDDEN), scores, seen);
}

// Factors of the weights of query i with the keys j to j + 3 (j a multiple of 4): 0, or 1 / (1 - rate). They come from
// counters, so that the backward kernels draw the same ones.
fn kept(head: Head, i: u32, j: u32) -> vec4f {
  if (!DROPOUT) {
    return vec4f(1.0);
  }
  let key = vec2u(control[params.control_offset], control[params.control_offset + 1u]);
  let row = head.z * params.queries + i;
  let low = threefry2x32(key, vec2u(j / 2u, row));
  let high = threefry2x32(key, vec2u(j / 2u + 1u, row));
  let drawn = vec4f(uniform01(low.x), uniform01(low.y), uniform01(high.x), uniform01(high.y));
  return select(vec4f(), vec4f(1.0 / (1.0 - params.rate)), drawn >= vec4f(params.rate));
}
