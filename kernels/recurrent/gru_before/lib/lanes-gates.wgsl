// A half of a step of a GRU that resets before its product, in tiles (recurrent/lib/lanes/tile.wgsl): h by w_r and w_z
// gives both gates and s.
//
// @use recurrent/lib/lanes/same-rows.wgsl

const TILE_SUMS: u32 = 2;

fn finish_tile(step: Step, row: u32, unit: u32, sums: array<Real, TILE_SUMS>) {
  finish_gates(step, row, unit, sums[0], sums[1]);
}
