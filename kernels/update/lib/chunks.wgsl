// Parameters in chunks of which none goes past the end of its parameter, so that one dispatch goes over many of them.
//
//   table  [4 · chunks]  for each chunk where it begins and ends, in vectors of four numbers from the offset of what it is a
//                        chunk of, and two words of the kernel's own
//
// A kernel's row is a chunk (lib/rows-parallel.wgsl, lib/rows-serial.wgsl).

struct Params {
  chunks: u32,
}

var<storage, read> table: array<vec4u>;

fn chunk_at(chunk: u32) -> vec4u {
  return table[params.table_offset / 4u + chunk];
}
