// The committed table: a row for each variant of a kernel, GPU and compiler; a file for each family of kernels.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../harness/setup/paths.mjs";

/** In the order in which a row has them. */
export const columns = [
  "kernel",
  "variant",
  "compiler",
  "gpu",
  "hash",
  "wave",
  "vgprs",
  "sgprs",
  "spilled",
  "scratch",
  "shared",
  "waves",
  "code",
  "issued",
  "multiplyAdds",
  "memory",
  "sharedAccesses",
  "barriers",
] as const;

export interface Row {
  readonly kernel: string;
  readonly variant: string;
  readonly compiler: string;
  readonly gpu: string;
  /** Of the kernel's text and constants: what a row says of another kernel does not count. */
  readonly hash: string;
  /** Threads of a wave. */
  readonly wave: number;
  /** Vector registers of a thread, scalar ones of a wave. */
  readonly vgprs: number;
  readonly sgprs: number;
  /** Registers that did not fit. */
  readonly spilled: number;
  /** Bytes of memory of each wave for what is spilled, and for arrays that are indexed at run time. */
  readonly scratch: number;
  /** Bytes of workgroup memory. */
  readonly shared: number;
  /** Waves that find room on a SIMD unit at a time, in the driver's count: at most 32, on vega10 10. */
  readonly waves: number;
  /** Bytes of the kernel's instructions. */
  readonly code: number;
  /** Of the hot loop, once through; 0 where no loop multiplies and adds. */
  readonly issued: number;
  readonly multiplyAdds: number;
  readonly memory: number;
  readonly sharedAccesses: number;
  readonly barriers: number;
}

const folder = join(root, "bench", "isa", "table");

export const keyOf = ({
  kernel,
  variant,
  compiler,
  gpu,
}: Pick<Row, "kernel" | "variant" | "compiler" | "gpu">): string => `${kernel} ${variant} ${compiler} ${gpu}`;

/** All rows, by family. */
export function readTable(): Map<string, Row[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(names.map((name) => [name.slice(0, -".json".length), readFamily(name)]));
}

function readFamily(name: string): Row[] {
  const rows: (string | number)[][] = JSON.parse(readFileSync(join(folder, name), "utf8"));
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])) as unknown as Row);
}

/** Writes the families' files anew, a row a line, so that changes of different kernels can be merged. */
export function writeTable(table: ReadonlyMap<string, readonly Row[]>): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!table.has(name.replace(/\.json$/, ""))) rmSync(join(folder, name));
  }
  for (const [family, rows] of table) {
    const lines = [...rows]
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .map((row) => JSON.stringify(columns.map((column) => row[column])));
    writeFileSync(join(folder, `${family}.json`), `[\n${lines.join(",\n")}\n]\n`);
  }
}
