import { expect, test } from "vitest";
import { neededLater, withOwnNames } from "../../harness/entry.ts";

const texts = new Map([
  [
    "src/index.ts",
    'import { scan } from "./ops/loop.ts";\nimport { add } from "./ops/add.ts";\nimport "./run/now.ts";\n',
  ],
  ["src/run/now.ts", 'const later = () => import("./later.ts");\n'],
  ["src/run/later.ts", 'export { scan } from "../ops/loop.ts";\n'],
  ["src/ops/loop.ts", 'import { order } from "../order.ts";\nconst more = () => import("./fused.ts");\n'],
  ["src/ops/fused.ts", ""],
  ["src/ops/add.ts", ""],
  ["src/order.ts", ""],
]);

test("what later parts need is all that they import, directly or not", () => {
  expect([...neededLater(texts)].sort()).toEqual([
    "src/ops/fused.ts",
    "src/ops/loop.ts",
    "src/order.ts",
    "src/run/later.ts",
  ]);
});

test("the entry has operations that a later part needs under names of its own, and all else as it was", () => {
  const code = `import { Device } from "./gpu/device.ts";
import {
  checkpoint,
  scan
} from "./ops/loop.ts";
import { add } from "./ops/add.ts";
export { Device, add, checkpoint, scan };
`;
  const modules = withOwnNames("src/index.ts", code, neededLater(texts));
  expect(Object.fromEntries(modules)).toEqual({
    "src/index.ts": `import { Device } from "./gpu/device.ts";
import { checkpoint, scan } from "./exports/ops-loop.ts";
import { add } from "./ops/add.ts";
export { Device, add, checkpoint, scan };
`,
    "src/exports/ops-loop.ts": `import { checkpoint as checkpoint_ } from "../ops/loop.ts";
export const checkpoint = checkpoint_;
import { scan as scan_ } from "../ops/loop.ts";
export const scan = scan_;
`,
  });
});
