// sample: draws the next token of each row from its logits, by number (seed, row, position)
//
//   logits    [rows, v]
//   turn      [2 + rows]  i32  position, slot; for each row the token that it is to have, or a negative number where it draws
//   settings  [6 + rows + words]  i32  seed (low and high word); temperature, 0 for the likeliest token; top_k; top_p, above 1
//             for none; repetition penalty, 1 for none (bits of f32); for each row the position at which it has ended; a bit
//             for each token that ends a row
//   weights   [rows, v]        what the kernel works on
//   tokens    [rows]  i32      the row's last token, then its next; a row that has ended keeps it
//   ended     [rows]  i32      1 where a row has ended
//   seen      [rows, words] i32  a bit for each token that came; a token that is drawn is added
//   drawn     [slots, rows] i32  tokens[row] at the turn's slot, or what is wrong with a row that draws: -2 all its logits are -∞,
//             -3 - 2i logit i is NaN, -4 - 2i it is ∞ (the first such i); its next token is 0 then, and it has ended
//
// words = ceil(v / 32). In this order: the logit of a token that came is divided by the penalty where it is positive, else
// multiplied by it; w = e^((logit - largest) / temperature); only the top_k largest w are kept, of these the fewest largest whose
// sum is top_p of theirs at least, of equal ones the lower tokens; the token is the first at which the sum of the w that are kept
// passes u times their whole. key = threefry(seed, (row, 0xfffffffe)); u = threefry(key, (position, 0)).
//
// A row goes to a workgroup or to a thread (lib/rows-parallel.wgsl, lib/rows-serial.wgsl); `naive` is the readable one of a
// thread. Where a row is cut is sought by rows/lib/sample-search.wgsl, without sorting. No two operands share a buffer.
//
// A. Fan et al. 2018 (top-k); A. Holtzman et al. 2020 (top-p); N. Keskar et al. 2019 (penalty).
//
// @name sample_{rows}
// @each rows parallel serial naive
// @use rows/lib/sample-{rows}.wgsl
// @use lib/rank.wgsl
// @use lib/random.wgsl

const SETTINGS: u32 = 6;
const TURN: u32 = 2;
const STREAM: u32 = 0xfffffffe;

struct Params {
  rows: u32,
  v: u32,
  words: u32,
}

var<storage, read> logits: array<f32>;
var<storage, read> turn: array<i32>;
var<storage, read> settings: array<i32>;
var<storage, read_write> weights: array<f32>;
var<storage, read_write> tokens: array<i32>;
var<storage, read_write> ended: array<i32>;
var<storage, read_write> seen: array<i32>;
var<storage, read_write> drawn: array<i32>;

fn setting(i: u32) -> f32 {
  return bitcast<f32>(settings[params.settings_offset + i]);
}

fn seen_at(row: u32, token: u32) -> u32 {
  return params.seen_offset + row * params.words + token / 32u;
}

fn bit_of(token: u32) -> i32 {
  return bitcast<i32>(1u << (token & 31u));
}

// The logit of a token after the penalty, NaN for what is no logit.
fn score_of(row: u32, token: u32, penalty: f32) -> f32 {
  let logit = logits[params.logits_offset + row * params.v + token];
  let weakened = select(logit * penalty, logit / penalty, logit > 0.0);
  let score = select(logit, weakened, penalty != 1.0 && (seen[seen_at(row, token)] & bit_of(token)) != 0);
  let bits = bitcast<u32>(score);
  return bitcast<f32>(select(bits, 0x7fc00000u, bits == 0x7f800000u));
}

fn own_row(row: u32, first: u32) {
  if (row >= params.rows) {
    return;
  }
  let temperature = setting(2u);
  let penalty = setting(5u);
  let position = turn[params.turn_offset];

  // threads without an element have the row's first
  var token = select(0u, first, first < params.v);
  var largest = score_of(row, token, penalty);
  for (var i = first + STRIDE; i < params.v; i += STRIDE) {
    let score = score_of(row, i, penalty);
    if (outranks(score, largest)) {
      largest = score;
      token = i;
    }
  }
  token = best_place(first, largest, token);
  largest = score_of(row, token, penalty);
  let likeliest = token;

  // Who draws writes.
  var writer = 0u;
  if (temperature > 0.0) {
    let begin = params.weights_offset + row * params.v;
    for (var i = first; i < params.v; i += STRIDE) {
      weights[begin + i] = exp((score_of(row, i, penalty) - largest) / temperature);
    }
    row_barrier();

    var cut = Cut(0.0, params.v, 0.0);
    let top_k = bitcast<u32>(settings[params.settings_offset + 3u]);
    if (top_k < params.v) {
      cut = cut_of(begin, first, f32(top_k), true);
    }
    let top_p = setting(4u);
    if (top_p <= 1.0) {
      if (top_k >= params.v) {
        cut.sum = whole_of(begin, first);
      }
      cut = cut_of(begin, first, top_p * cut.sum, false);
    }

    // A chunk of neighbours for each thread, since tokens add up in their order.
    let size = (params.v + STRIDE - 1u) / STRIDE;
    let from_token = min(params.v, first * size);
    let to_token = min(params.v, from_token + size);
    let above = chunk_of(begin, from_token, to_token, cut.weight);
    let seed = vec2u(bitcast<u32>(settings[params.settings_offset]), bitcast<u32>(settings[params.settings_offset + 1u]));
    let key = threefry2x32(seed, vec2u(row, STREAM));
    let number = uniform01(threefry2x32(key, vec2u(bitcast<u32>(position), 0u)).x);
    let part = part_of(first, above, cut, number);
    writer = part.owner;
    if (first == writer) {
      token = token_in(begin, from_token, to_token, cut.weight, part);
    }
  }
  if (first != writer) {
    return;
  }

  let before = tokens[params.tokens_offset + row];
  let given = turn[params.turn_offset + TURN + row];
  var code = i32(token);
  var next = code;
  var has_ended = ended[params.ended_offset + row];
  if (given >= 0) {
    code = given;
    next = given;
  } else if (has_ended != 0) {
    code = before;
    next = before;
  } else {
    let bits = bitcast<u32>(largest);
    let logit = bitcast<u32>(logits[params.logits_offset + row * params.v + likeliest]);
    if (bits == 0xff800000u) {
      code = -2;
    } else if (is_nan(largest)) {
      code = select(-3, -4, logit == 0x7f800000u) - 2 * i32(likeliest);
    }
    let is_wrong = code < 0;
    next = select(next, 0, is_wrong);
    let ends = settings[params.settings_offset + SETTINGS + row];
    let stops = settings[params.settings_offset + SETTINGS + params.rows + u32(next) / 32u] & bit_of(u32(next));
    has_ended = select(0, 1, is_wrong || stops != 0 || position + 1 >= ends);
    seen[seen_at(row, u32(next))] |= bit_of(u32(next));
  }
  tokens[params.tokens_offset + row] = next;
  ended[params.ended_offset + row] = has_ended;
  drawn[params.drawn_offset + bitcast<u32>(turn[params.turn_offset + 1u]) * params.rows + row] = code;
}
