// The dumps of docs/how-it-works.md are what its program gives, on the adapter of the tests.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import { compile, debug, float32, gradients, lstm, matmul, mean, openDevice, square } from "../../src/node.ts";

const page = readFileSync(join(root, "docs/how-it-works.md"), "utf8");
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, text]) => text as string);
const plain = (text: string) => text.replace(/\s+/g, " ").trim();

test("docs/how-it-works.md shows what its program gives", async () => {
  const device = await openDevice({ adapter: "software" });
  const program = await compile(device, null, {
    inputs: {
      x: float32([1, 4, 3]), // time, batch, features
      weightIh: float32([32, 3]),
      weightHh: float32([32, 8]),
      h0: float32([4, 8]),
      c0: float32([4, 8]),
    },
    fn: ({ x, weightIh, weightHh, h0, c0 }) => {
      const { h } = lstm(matmul(x, weightIh, { transposeB: true }), weightHh, h0, c0);
      const loss = mean(square(h));
      const [slope] = gradients(loss, [weightHh]);
      return { loss, slope };
    },
    training: true,
  });
  const dumps = [debug.graph(program), debug.dispatchTable(program), program.describe()]
    .join("\n")
    .split("\n")
    .map(plain);
  device.dispose();
  // the page's program is this one
  const own = plain(readFileSync(join(root, "test/docs/how-it-works.test.ts"), "utf8"));
  expect(blocks("ts").filter((code) => !own.includes(plain(code)))).toEqual([]);
  const lines = blocks("text").flatMap((text) => text.trim().split("\n"));
  expect(lines.length).toBeGreaterThan(15);
  expect(lines.filter((line) => !dumps.some((dump) => dump.startsWith(plain(line))))).toEqual([]);
});
