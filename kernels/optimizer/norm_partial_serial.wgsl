// norm_partial_serial: partials[partial_index + g] = Σ x[i]² over chunk g
//
//   x         [size]
//   partials  [at least partial_index + ceil(size / chunk_size)]
//
// norm_partial without barriers, which software adapters emulate slowly: a thread owns one chunk, whose i go from
// g·chunk_size up to, not including, min(size, (g + 1)·chunk_size), as vectors of four. size, chunk_size and x_offset
// are multiples of four. Four sums run side by side, BLOCK vectors at a time, so that chains stay short.
//
// Dispatch ceil(size / chunk_size / WORKGROUP_SIZE) workgroups, folded. x and partials may not share a buffer.
//
// @use lib/by-thread.wgsl

override WORKGROUP_SIZE: u32 = 4u;

const BLOCK = 32u;

struct Params {
  size: u32,
  chunk_size: u32,
  partial_index: u32,
}

var<storage, read> x: array<vec4f>;
var<storage, read_write> partials: array<f32>;

fn own(chunk: u32) {
  if (chunk * params.chunk_size >= params.size) {
    return;
  }
  let end = min(params.size, (chunk + 1u) * params.chunk_size) / 4u;
  let first = params.x_offset / 4u;
  var sum = vec4f();
  for (var block = chunk * params.chunk_size / 4u; block < end; block += BLOCK) {
    let block_end = min(end, block + BLOCK);
    var part = vec4f();
    for (var i = block; i < block_end; i++) {
      let value = x[first + i];
      part += value * value;
    }
    sum += part;
  }
  partials[params.partials_offset + params.partial_index + chunk] = sum.x + sum.y + sum.z + sum.w;
}
