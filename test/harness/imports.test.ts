import { expect, test } from "vitest";
import { checkImports, sourceFiles } from "../../harness/imports/check.ts";

const check = (files: Record<string, string>) => checkImports(new Map(Object.entries(files)));

test("src/ keeps its import directions", () => {
  expect(checkImports(sourceFiles())).toEqual([]);
});

test.each<[string, string, string]>([
  ["a later room", "src/graph/a.ts", 'import { x } from "../ops/b.ts";'],
  ["a later room, for its types", "src/graph/a.ts", 'import type { X } from "../ops/b.ts";'],
  ["a later room, re-exported", "src/ops/a.ts", 'export * from "../plan/b.ts";'],
  ["a later room, over several lines", "src/plan/a.ts", 'import {\n  x,\n  y,\n} from "../gpu/b.ts";'],
  ["a later room, dynamically", "src/plan/a.ts", 'const x = await import("../gpu/b.ts");'],
  ["the GPU from data", "src/data/a.ts", 'import "../gpu/b.ts";'],
  ["io from data", "src/data/a.ts", 'import { x } from "../io/b.ts";'],
  ["io from the GPU", "src/gpu/a.ts", 'import { x } from "../io/b.ts";'],
  ["node from index", "src/index.ts", 'import { x } from "./node.ts";'],
  ["the harness", "src/gpu/a.ts", 'import { x } from "../../harness/b.ts";'],
  ["a built-in module", "src/gpu/a.ts", 'import { readFileSync } from "node:fs";'],
  ["webgpu outside node.ts", "src/index.ts", 'const { create } = await import("webgpu");'],
  ["a package in node.ts", "src/node.ts", 'import x from "left-pad";'],
  ["a room that is not known", "src/misc/a.ts", 'import { x } from "../errors.ts";'],
])("refuses %s", (_, file, text) => {
  expect(check({ [file]: `// first line\n${text}\n` })).toEqual([expect.stringMatching(`^${file}:2: imports "`)]);
});

test.each<[string, string, string]>([
  ["an earlier room", "src/ops/a.ts", 'import { x } from "../graph/b.ts";'],
  ["errors from everywhere", "src/data/a.ts", 'import { DataError } from "../errors.ts";'],
  ["io from training", "src/train/a.ts", 'import { x } from "../io/b.ts";'],
  ["index and webgpu in node.ts", "src/node.ts", 'export * from "./index.ts";\nimport { create } from "webgpu";'],
  ["what a comment shows", "src/gpu/a.ts", '/**\n * import { x } from "seqgrad";\n */'],
])("allows %s", (_, file, text) => {
  expect(check({ [file]: text })).toEqual([]);
});

test("finds circles, those of types too", () => {
  const a = 'import { b } from "./b.ts";';
  const circle = "src/ops/a.ts -> src/ops/b.ts -> src/ops/a.ts";
  expect(check({ "src/ops/a.ts": a, "src/ops/b.ts": 'import { a } from "./a.ts";' })).toEqual([
    `src/ops/a.ts: imports itself in a circle: ${circle}`,
  ]);
  expect(check({ "src/ops/a.ts": a, "src/ops/b.ts": 'import type { A } from "./a.ts";' })).toEqual([
    `src/ops/a.ts: imports itself in a circle: ${circle}`,
  ]);
  const next = (name: string) => `import { ${name} } from "./${name}.ts";`;
  const four = { "src/ops/a.ts": next("b"), "src/ops/b.ts": next("c"), "src/ops/c.ts": next("d") };
  expect(check({ ...four, "src/ops/d.ts": next("a") })).toEqual([
    "src/ops/a.ts: imports itself in a circle: src/ops/a.ts -> src/ops/b.ts -> src/ops/c.ts -> src/ops/d.ts -> src/ops/a.ts",
  ]);
  expect(check({ ...four, "src/ops/d.ts": "" })).toEqual([]);
});
