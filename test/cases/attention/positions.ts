import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, int32, rope, sinusoidalPositions, type Value } from "../../../src/index.ts";
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import { rope as ropeOracle } from "../../reference/attention.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose, assertSame } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";

const floats = (x: NdArray): Float32Array => Float32Array.from(x.data);

const positions = opCase("rope", () =>
  [
    { shape: [3, 8], offset: 0 },
    { shape: [2, 3, 5, 6], offset: 7 },
    { shape: [1, 1, 4, 64], offset: 1000, base: 500_000 },
    { shape: [7, 2], offset: 0, base: 100 },
    { shape: [2, 2, 3, 10], offset: 3, rotaryDim: 4 },
    { shape: [2, 3, 4, 6], positions: integers([4], [5, 0, 9, 9]) },
    { shape: [2, 3, 4, 6], rotaryDim: 2, positions: integers([2, 4], [0, 0, 1, 2, 7, 3, 3, 1]) },
  ].flatMap(({ shape, positions, ...options }) =>
    ([false, true] as const).map(
      (interleaved): Check => ({
        label: `[${shape}] ${JSON.stringify(options)} ${positions?.data} ${interleaved}`,
        inputs: [uniform(shape, 1), ...(positions ? [positions] : [])],
        f: pair(
          ([x, at]) =>
            rope(x as Value, {
              ...options,
              pairs: interleaved ? "interleaved" : "half",
              ...(at && { positions: at as Value }),
            }),
          ([x, at]) => ropeOracle(x as NdArray, { ...options, interleaved, ...(at && { positions: at as NdArray }) }),
        ),
        tolerance: tolerance.rotation((options.offset ?? 9) + 8),
        probes: 4,
      }),
    ),
  ),
);

async function otherPositions({ device }: CaseContext): Promise<void> {
  const x = uniform([2, 3, 8], 1);
  using compiled = await compile(device, null, {
    inputs: { x: float32([2, 3, 8]), at: int32([]) },
    fn: ({ x, at }) => ({
      turned: rope(x, { offset: at }),
      fixed: rope(x, { offset: 5 }),
      table: sinusoidalPositions(4, 6),
    }),
  });
  const found = await compiled.run({ x: floats(x), at: Int32Array.of(5) });
  assertSame("offset as a value", await found.turned.read(), await found.fixed.read());
  const table = Array.from({ length: 24 }, (_, n) => {
    const angle = Math.floor(n / 6) / 10_000 ** ((2 * Math.floor((n % 6) / 2)) / 6);
    return n % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  assertClose("sinusoidal", await found.table.read(), table, tolerance.arithmetic);
}

export const positionCases: readonly Case[] = [positions, { name: "positions of other forms", run: otherPositions }];
