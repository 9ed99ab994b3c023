// A tile of recurrent/lib/lanes/tile.wgsl has all sums of a unit, which is finished by them.

const TILE_SUMS: u32 = SUMS;

fn finish_tile(step: Step, row: u32, unit: u32, sums: array<Real, TILE_SUMS>) {
  finish(step, row, unit, sums);
}
