// norm_finish: norm = √ Σ partials[i], and whether the step counts
//
//   partials  [count]  sums of squares, from norm_partial
//   loss      [1]      f32, as bits
//   hyper     [step, …]
//   guard     [110]    words of lib/guard.wgsl; read and written
//
// A step is bad where the loss or the sum of squares is NaN or infinite (an overflow counts), or where non_finite found
// the next carry so. With ON_BAD 0 a bad step counts like any other; with 1 it changes nothing; with 2 it changes nothing
// and neither do the steps behind it, until the host sets the latch back to 0.
//
// Of `every` steps that count the last makes an update; GUARD_IDLE says which do not. The gradients are the sum of those of the
// steps so far, each divided by `every`; the norm is that of their mean.
//
// An update advances the optimizer's own step number t, and the corrections 1 - β^t of its moving averages are made anew, as is
// what a moving average of weights takes over, (1 - β) / (1 - β^s), s = t - average_start; 1 up to s = 1. With c(t) = 1 - β^t,
// c(s + t) = c(s) + (1 - c(s)) c(t): a sum of positive terms over the bits of t, which keeps its digits where 1 - β^t in f32 would
// lose them.
//
// A single workgroup owns everything: thread t takes elements t, t + WORKGROUP_SIZE, …, then a tree; thread 0 does the
// rest. Dispatch 1 workgroup. Barriers in the tree. WORKGROUP_SIZE is a power of two. guard may not share a buffer with
// another binding.
//
// @use lib/tree.wgsl
// @use lib/guard.wgsl

override WORKGROUP_SIZE: u32 = 256u;

const CONTINUE = 0u;
const THROW = 2u;

struct Params {
  count: u32,
  on_bad: u32,
  every: u32,
  average_start: u32,
  average_rest: f32, // 1 - β
}

var<storage, read> partials: array<f32>;
var<storage, read> loss: array<u32>;
var<storage, read> hyper: array<u32>;
var<storage, read_write> guard: array<u32>;

// 1 - β^t from 1 - β^(2^k), which lie in the guard from `powers` on.
fn correction(t: u32, powers: u32) -> f32 {
  var result = 0.0;
  for (var k = 32u; k > 0u; k--) {
    if (((t >> (k - 1u)) & 1u) == 1u) {
      result += (1.0 - result) * bitcast<f32>(guard[powers + k - 1u]);
    }
  }
  return result;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) local_index: u32) {
  var sum = 0.0;
  for (var i = local_index; i < params.count; i += WORKGROUP_SIZE) {
    sum += partials[params.partials_offset + i];
  }
  sum = tree_sum(local_index, sum);
  if (local_index > 0u) {
    return;
  }
  let first = params.guard_offset;
  let loss_bits = loss[params.loss_offset];
  var found = select(0u, NOT_FINITE_LOSS, is_not_finite(loss_bits));
  found |= select(0u, NOT_FINITE_GRADIENT, is_not_finite(bitcast<u32>(sum)));
  found |= guard[first + GUARD_CARRY];
  guard[first + GUARD_CARRY] = 0u;

  var latch = guard[first + GUARD_LATCH];
  if (params.on_bad == THROW && found != 0u && latch == 0u) {
    latch = hyper[params.hyper_offset];
    guard[first + GUARD_LATCH] = latch;
    guard[first + GUARD_LATCH_FOUND] = found;
  }
  let hold = latch != 0u || (params.on_bad != CONTINUE && found != 0u);

  guard[first + GUARD_LOSS] = loss_bits;
  let batches = guard[first + GUARD_BATCHES] % params.every + 1u;
  let norm = sqrt(sum);
  let norm_of_mean = norm * (f32(params.every) / f32(batches));
  guard[first + GUARD_NORM] = bitcast<u32>(select(norm, norm_of_mean, batches < params.every));
  guard[first + GUARD_FOUND] = found;
  guard[first + GUARD_HOLD] = select(0u, 1u, hold);
  guard[first + GUARD_IDLE] = 1u;
  if (hold) {
    guard[first + GUARD_HELD] += 1u;
    return;
  }
  guard[first + GUARD_BATCHES] = batches;
  if (batches < params.every) {
    return;
  }
  guard[first + GUARD_IDLE] = 0u;
  let t = guard[first + GUARD_COUNT] + 1u;
  guard[first + GUARD_COUNT] = t;
  guard[first + GUARD_CORRECTION1] = bitcast<u32>(correction(t, first + GUARD_POWERS1));
  guard[first + GUARD_CORRECTION2] = bitcast<u32>(correction(t, first + GUARD_POWERS2));
  let s = max(t, params.average_start) - params.average_start;
  let share = params.average_rest / correction(s, first + GUARD_POWERS3);
  guard[first + GUARD_SHARE] = bitcast<u32>(select(share, 1.0, s <= 1u));
}
