// The table as one reads it: lines for a terminal, and a page made of all rows.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../harness/setup/paths.mjs";
import { formatTable } from "../../src/plan/describe.ts";
import { keyOf, type Row } from "./table.ts";

/** What a row says, by what the head of the column says. */
const cells: readonly (readonly [head: string, of: (row: Row) => string | number])[] = [
  ["issued/multiply-adds", ({ issued, multiplyAdds }) => (multiplyAdds > 0 ? `${issued}/${multiplyAdds}` : "–")],
  ["ratio", (row) => (row.multiplyAdds > 0 ? ratioOf(row) : "–")],
  ["memory", ({ memory }) => memory],
  ["workgroup memory", ({ sharedAccesses }) => sharedAccesses],
  ["barriers", ({ barriers }) => barriers],
  ["VGPR", ({ vgprs }) => vgprs],
  ["waves", ({ waves }) => waves],
  ["KiB shared", ({ shared }) => (shared / 1024).toFixed(1)],
  ["spilled", ({ spilled, scratch }) => (spilled + scratch > 0 ? `${spilled}, ${scratch} B` : 0)],
  ["code KiB", ({ code }) => (code / 1024).toFixed(1)],
];

const ratioOf = ({ issued, multiplyAdds }: Row): string => (issued / multiplyAdds).toFixed(2);

const nameOf = ({ kernel, variant }: Row): string => (variant === "default" ? kernel : `${kernel} (${variant})`);

/** Rows as lines; a value that differs from the row that was there before has that before it. */
export function changesText(rows: readonly Row[], before: ReadonlyMap<string, Row>): string {
  const lines = rows.map((row) => {
    const old = before.get(keyOf(row));
    const values = cells.map(([, of]) => {
      const [was, is] = [old && String(of(old)), String(of(row))];
      return was === undefined || was === is ? is : `${was} → ${is}`;
    });
    return [`${nameOf(row)} ${row.compiler} ${row.gpu}`, ...values];
  });
  return formatTable(["", ...cells.map(([head]) => head)], lines);
}

const page = join(root, "bench", "isa", "table.md");

const intro = `# Kernels by their instructions

Made by \`npm run isa\` of \`bench/isa/table/\`; \`bench/isa/README.md\` says how. Compiled for AMD's navi31 (RDNA 3), navi21 (RDNA 2) and vega10 by Mesa's RADV, from what Tint (Chromium, Node) and naga (Firefox, Deno) make of the WGSL. Nothing ran: this is code, not time.

_Issued/multiply-adds_ counts the hot loop, which is the innermost one with the most multiply-adds, once through: instructions that take a slot, and multiply-adds among them; then loads and stores of memory and of workgroup memory, and barriers, in it. _Waves_ is how many find room on a SIMD unit. Kernels without such a loop are at the end of their family.
`;

/** Writes the page: kernels whose hot loop multiplies and adds, then the others in short. */
export function writePage(table: ReadonlyMap<string, readonly Row[]>): void {
  const families = [...table].sort(([a], [b]) => (a < b ? -1 : 1));
  const sections = families.map(([family, rows]) => `## ${family}\n\n${sectionOf(rows)}`);
  writeFileSync(page, `${intro}\n${sections.join("\n\n")}\n`);
}

const heads = ["kernel", "GPU", "Tint", "naga", "VGPR", "waves", "KiB shared", "barriers"];

function sectionOf(rows: readonly Row[]): string {
  const pairs = groupBy(rows, (row) => `${nameOf(row)}|${row.gpu}`);
  const isHot = (pair: readonly Row[]) => pair.some(({ multiplyAdds }) => multiplyAdds > 0);
  const hot = [...pairs.values()].filter(isHot);
  const others = [...pairs.values()].filter((pair) => !isHot(pair)).flat();
  const lines = groupBy(hot, (pair) => [pair[0]?.kernel, ...cellsOf(pair)].join("|"));
  const text = [...lines.values()].map((same) => {
    const [{ kernel } = { kernel: "" }] = same[0] ?? [];
    const variants = same.map(([row]) => row?.variant ?? "");
    return [variants[0] === "default" && variants.length === 1 ? kernel : `${kernel} (${shortList(variants)})`]
      .concat(cellsOf(same[0] ?? []))
      .join(" | ");
  });
  const table = [heads.join(" | "), heads.map((_, i) => (i < 2 ? "---" : "---:")).join(" | "), ...text];
  const parts = [
    ...(text.length > 0 ? [table.map((line) => `| ${line} |`).join("\n")] : []),
    ...(others.length > 0 ? [inShort(others)] : []),
  ];
  return parts.join("\n\n");
}

/** What a line says of a variant by both compilers on one GPU. */
function cellsOf(pair: readonly Row[]): string[] {
  const each = (of: (row: Row) => string | number) => [...new Set(pair.map((row) => String(of(row))))].join(" / ");
  const by = (compiler: string) => {
    const row = pair.find((row) => row.compiler === compiler);
    return row && row.multiplyAdds > 0 ? `${row.issued}/${row.multiplyAdds} = ${ratioOf(row)}` : "–";
  };
  return [
    pair[0]?.gpu ?? "",
    by("tint"),
    by("naga"),
    each(({ vgprs }) => vgprs),
    each(({ waves }) => waves),
    each(({ shared }) => (shared / 1024).toFixed(1)),
    each(({ barriers }) => barriers),
  ];
}

const shortList = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", ");

/** Kernels that multiply and add in no loop: by name, with the registers of the worst. */
function inShort(rows: readonly Row[]): string {
  const kernels = groupBy(rows, ({ kernel }) => kernel);
  const each = [...kernels].map(([name, own]) => `${name} ${Math.max(...own.map(({ vgprs }) => vgprs))}`);
  return `Without such a loop, with VGPR at most: ${each.join(", ")}.`;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
