// What kernels share whose rows are cells of the lattice, each with logits for all classes.
//
// @use rnnt/lib/lattice.wgsl

struct Params {
  classes: u32,
  blank: u32,
}

var<storage, read> logits: array<f32>;
var<storage, read> targets: array<i32>;

struct Cell {
  // Its row of the batch, and how many symbols came before it.
  b: u32,
  u: u32,
  // Whether its step counts, and it lies before or behind a symbol that does.
  counts: bool,
  // Whether a symbol that counts comes next.
  goes_on: bool,
}

fn is_cell(index: u32) -> bool {
  return index / width() / params.seq_len < params.batch;
}

fn cell_of(index: u32) -> Cell {
  let step = index / width();
  let b = step / params.seq_len;
  let u = index % width();
  let count = count_of(b);
  return Cell(b, u, step % params.seq_len < count.steps && u <= count.symbols, u < count.symbols);
}
