// What an attention's kernels share beside the tensors: the key of dropout's random numbers, and the lengths.
//
//   lengths  [batch] of i32; not read where has_lengths is 0
//   hyper    [step, seed_low, seed_high, …]  as bits
//   control  [2 + batch]: two words of the key, then each sequence's count of keys, at most `keys`
//
// They lie in one buffer because the backward kernels have no binding left for a second. The key is threefry(threefry(
// seed, (stream, step)), (iteration, 0)). One workgroup; a thread takes every 64th element. No barriers, no aliasing.
//
// @use lib/random.wgsl

struct Params {
  batch_size: u32,
  keys: u32,
  has_lengths: u32,
  stream: u32,
  iteration: u32,
}

var<storage, read> lengths: array<i32>;
var<storage, read> hyper: array<u32>;
var<storage, read_write> control: array<u32>;

const WORKGROUP_SIZE: u32 = 64;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) local_index: u32) {
  if (local_index == 0u) {
    let step = hyper[params.hyper_offset];
    let seed = vec2u(hyper[params.hyper_offset + 1u], hyper[params.hyper_offset + 2u]);
    let key = threefry2x32(threefry2x32(seed, vec2u(params.stream, step)), vec2u(params.iteration, 0u));
    control[params.control_offset] = key.x;
    control[params.control_offset + 1u] = key.y;
  }
  for (var b = local_index; b < params.batch_size; b += WORKGROUP_SIZE) {
    var count = params.keys;
    if (params.has_lengths != 0u) {
      count = min(u32(max(lengths[params.lengths_offset + b], 0)), params.keys);
    }
    control[params.control_offset + 2u + b] = count;
  }
}
