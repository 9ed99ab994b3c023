/** What `kernels/recurrent/lib/{sums,blocks}-*.wgsl` are for 1, 3 and 4 sums, for any other number of them. */
import type { KernelText } from "../../../kernels/join.ts";

/** Libraries for as many sums of a unit as no hand-written one has. */
export function sumTexts(count: number): KernelText[] {
  if ([0, 1, 3, 4].includes(count)) return [];
  const each = (write: (i: number) => string, separator = ", ") =>
    Array.from({ length: count }, (_, i) => write(i)).join(separator);
  const name = (i: number) => `m${i}`;
  const blocks = (i: number) => `s${i}`;
  const sums = `
fn sums_at(unit: u32) -> array<u32, ${count}> {
  return array<u32, ${count}>(${each((i) => `weights_at(${i}u, unit)`)});
}

fn add_product(sums: Sums, at: array<u32, ${count}>, k: u32, x: Real) -> Sums {
  return Sums(${each((i) => `sums[${i}] + load_weights(at[${i}], k) * x`)});
}
`;
  const matrices = `
const SIDES: u32 = 1;

struct Blocks {
${each((i) => `  ${name(i)}: mat4x4<f32>,`, "\n")}
}

fn blocks_at(unit4: u32, apart: u32) -> array<u32, ${count}> {
  return array<u32, ${count}>(${each((i) => `weights_at(${i}u, unit4)`)});
}

fn load_blocks(at: array<u32, ${count}>, k: u32) -> Blocks {
  return Blocks(${each((i) => `load_weights(at[${i}], k)`)});
}

fn add_products(sums: Blocks, weights: Blocks, rows: mat4x4<f32>) -> Blocks {
  return Blocks(${each((i) => `sums.${name(i)} + weights.${name(i)} * rows`)});
}

alias Products = array<array<vec4<f32>, 8>, ${count}>;

fn sums_of_product(products: ptr<function, Products>, row: u32, block: u32) -> Sums {
  return Sums(${each((i) => `(*products)[${i}][row]`)});
}

fn sums_of_row(sums: ptr<function, Blocks>, row: u32) -> Sums {
  return Sums(${each((i) => `(*sums).${name(i)}[row]`)});
}

const ROW_BLOCKS: u32 = 4;
alias Sorted = array<mat4x4<f32>, ${4 * count}>;

fn sort(${Array.from({ length: 8 }, (_, i) => `${blocks(i)}: Blocks`).join(", ")}) -> Sorted {
  return Sorted(${each((i) => [0, 1, 2, 3].map((block) => `${blocks(block)}.${name(i)}`).join(", "))});
}

fn sums_of(sorted: ptr<function, Sorted>, row: u32, side: u32) -> Sums {
  let i = row >> 2u;
  let r = row & 3u;
  return Sums(${each((i) => `(*sorted)[i + ${4 * i}u][r]`)});
}
`;
  return [
    { file: `kernels/recurrent/lib/sums/${count}.wgsl`, text: sums },
    { file: `kernels/recurrent/lib/blocks/${count}.wgsl`, text: matrices },
  ];
}
