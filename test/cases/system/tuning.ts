import type { Case } from "../../../harness/case.ts";
import { compile, float32, localStorageTuning, memoryTuning, openDevice, type Value } from "../../../src/index.ts";
import { rowSoftmax, rowSoftmaxKey } from "../../run/tune/support.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual } from "../support/assert.ts";

const SHAPE = [6, 50] as const;
const key = rowSoftmaxKey(...SHAPE);
const x = Float32Array.from({ length: SHAPE[0] * SHAPE[1] }, (_, i) => Math.sin(i));

const options = (tune: boolean) => ({
  inputs: { x: float32(SHAPE) },
  fn: ({ x }: { x: Value }) => rowSoftmax(x),
  tune: tune && { budgetMs: 60_000 },
});

export const tuningCases: readonly Case[] = [
  {
    name: "tuning measures here, remembers, and gives the same bits again",
    async run({ host }) {
      // a browser's own store where there is one, empty at first
      const name = "seqgrad tuning test";
      const isBrowser = host === "chromium" || host === "firefox";
      if (isBrowser) localStorage.removeItem(name);
      const tuning = isBrowser ? localStorageTuning(name) : memoryTuning();
      const results: Float32Array[] = [];
      const lines: string[] = [];
      for (const tune of [false, true, false]) {
        const device = await openDevice({ tuning });
        try {
          const program = await compile(device, null, options(tune));
          const y = await program.run({ x });
          results.push((await y.read()) as Float32Array);
          lines.push(
            program
              .describe()
              .split("\n")
              .find((line) => line.includes(key)) ?? "",
          );
        } finally {
          device.dispose();
        }
      }
      const [ruled, tuned, again] = results as [Float32Array, Float32Array, Float32Array];
      assert(/ rule /.test(lines[0] ?? ""), `at first: ${lines[0]}`);
      assert(/ measured /.test(lines[1] ?? ""), `tuned: ${lines[1]}`);
      assertEqual("the choice of a second device", lines[2], lines[1]);
      assertEqual("its bits", [...again], [...tuned]);
      assertClose("tuned", tuned, ruled, tolerance.reduction(SHAPE[1]));
    },
  },
];
