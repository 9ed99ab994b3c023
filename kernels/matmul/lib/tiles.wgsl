// What the layouts of matmul/tiles.wgsl share. They say how 16 k of both operands come into workgroup memory, and how four k of
// them are read:
//   a_place(n, base, row)       where share n of 256 of 64 rows from `row` on begins in a, but for k
//   b_place(n, base, column)    likewise of 64 columns of b
//   bring_a(n, place, k, k_end), bring_b(…)    this share of the k from `k` on
//   four_rows(part, step)       rows 4 · part …, the four k from 4 · step on: column r holds a row
//   four_columns(part, step)    columns 4 · part …, the same k: column i holds one k
// Parts are below 16.
//
// @use matmul/lib/operands.wgsl

const WORKGROUP_SIZE: u32 = 128;
const TILE: u32 = 64;
const STEP: u32 = 16;
// Of a tile a row's four vec4 of k, or the 16 vec4 of one k; and one more against bank conflicts.
const ROW_STRIDE: u32 = 5;
const K_STRIDE: u32 = 17;
